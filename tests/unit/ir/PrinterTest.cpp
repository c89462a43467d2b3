#include "ir/Printer.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

ConvLayer layer(std::int64_t kernel, std::int64_t channels, Activation activation = std::nullopt) {
  ConvLayer result;
  result.outChannels = channels;
  result.window.kernel = {kernel, kernel};
  result.activation = activation;
  return result;
}

constexpr Window window3{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}};

TEST(PrintOp, SaysWhatIsNotTheDefault) {
  EXPECT_EQ(printOp(Conv2d{layer(3, 8)}), "conv2d 3x3 -> 8");
  ConvLayer full = layer(3, 8, Unary{UnaryKind::leakyRelu, {0.1f}});
  full.window = {{3, 5}, {2, 1}, {2, 2}, {1, 2, 1, 2}};
  full.groups = 4;
  full.hasBias = false;
  EXPECT_EQ(printOp(Conv2d{full}),
            "conv2d 3x5 stride 2x1 pad 1x2 dilation 2 groups 4 -> 8 leaky_relu 0.1 nobias");
}

TEST(PrintOp, ReluIsMlpconvsDefault) {
  Mlpconv op{{layer(5, 192, Unary{UnaryKind::relu}), layer(1, 160, Unary{UnaryKind::sigmoid}), layer(1, 96)},
             {}};
  op.layers[0].window.pad = {2, 2, 2, 2};
  EXPECT_EQ(printOp(op), "mlpconv [conv 5x5 pad 2 -> 192, 160 sigmoid, 96 none]");
}

TEST(PrintOp, EpiloguesStandBehindTheLayers) {
  Mlpconv op{{layer(1, 4, Unary{UnaryKind::relu})}, GapEpilogue{.softmax = true, .keepMaps = true}};
  EXPECT_EQ(printOp(op), "mlpconv [conv 1x1 -> 4] global_avg_pool softmax keep_maps");
  op.epilogue = PoolEpilogue{PoolKind::average, window3, PoolExtent::ceil, true};
  EXPECT_EQ(printOp(op), "mlpconv [conv 1x1 -> 4] average_pool 3x3 stride 2 pad 1 ceil count_include_pad");
}

TEST(PrintOp, UnevenPadsAreTopLeftBottomRight) {
  EXPECT_EQ(printOp(MaxPool{{{3, 3}, {1, 1}, {1, 1}, {0, 1, 2, 1}}, PoolExtent::floor}),
            "max_pool 3x3 pad 0,1,2,1");
}

TEST(PrintOp, FloatsHaveTheFewestDigitsThatReadBack) {
  EXPECT_EQ(printOp(Unary{UnaryKind::leakyRelu, {0.1f}}), "leaky_relu 0.1");
  EXPECT_EQ(printOp(Unary{UnaryKind::leakyRelu, {1.0f / 3}}), "leaky_relu 0.33333334");
  EXPECT_EQ(printOp(BatchNorm{}), "batch_norm epsilon 1e-05");
  EXPECT_EQ(printOp(Lrn{}), "lrn size 5 alpha 0.0001 beta 0.75 k 1");
}

TEST(PrintOp, OpsWithoutAttributesAreTheirSpelling) {
  EXPECT_EQ(printOp(Softmax{}), "softmax");
  EXPECT_EQ(printOp(GlobalAveragePool{}), "global_avg_pool");
}

TEST(PrintOp, EqualOpsPrintEquallyAndOthersDoNot) {
  EXPECT_EQ(printOp(Concat{1}), printOp(Concat{1}));
  EXPECT_NE(printOp(Concat{1}), printOp(Concat{2}));
  EXPECT_NE(printOp(Reshape{{2, 3}}), printOp(Reshape{{3, 2}}));
}

TEST(Print, AGraphWithACycleIsShownAllTheSame) {
  Graph graph("m");
  Value x = graph.result(graph.append(Input{{ElementType::f32, {3}, Layout::chw}}, {}, {"x"}).value());
  Value y = graph.result(graph.append(Unary{UnaryKind::relu}, {&x, 1}, {"y"}).value());
  graph.setOperand(y.node, 0, y);
  EXPECT_EQ(print(graph), "model m\n\nx = input f32[3]\ny = relu y : f32[3]\n");
}

TEST(Print, PathsAreQuoted) {
  Graph graph("m");
  graph.weightSource = {WeightSource::Kind::file, "a\"b\\c\n\xff", 0, {}};
  EXPECT_EQ(print(graph), "model m\nweights \"a\\\"b\\\\c\\x0a\\xff\"\n\n");
}

} // namespace
} // namespace ninc

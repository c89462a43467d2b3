#include "ir/ops/TypeRules.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "tests/unit/ir/ops/SmallOps.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string infer(const Op &op, const std::vector<TensorType> &operands) {
  Result<std::vector<TensorType>> types = inferTypes(op, operands);
  if (!types) return types.error().message;
  std::string text;
  for (const TensorType &type : *types)
    text += (text.empty() ? "" : " ") + toString(type);
  return text;
}

std::string inferOne(const Op &op, Shape operand) {
  return infer(op, {f32(std::move(operand))});
}

// ---- convolutions ----

TEST(TypeRules, AConvolutionGivesItsChannelsAndTheWindowsExtents) {
  EXPECT_EQ(inferOne(conv2d(192, window(5, 1, 2)), {3, 32, 32}), "f32[192, 32, 32]");
  EXPECT_EQ(inferOne(conv2d(96, window(11, 4)), {3, 224, 224}), "f32[96, 54, 54]");
  EXPECT_EQ(inferOne(conv2d(8, window(3), 2), {4, 5, 9}), "f32[8, 3, 7]");
}

TEST(TypeRules, AnHwcOperandGivesAChwResult) {
  EXPECT_EQ(infer(conv2d(2, {}), {{ElementType::f32, {3, 4, 4}, Layout::hwc}}), "f32[2, 4, 4]");
}

TEST(TypeRules, AConvolutionThatLeavesNothingExplainsItself) {
  EXPECT_EQ(inferOne(conv2d(8, window(5)), {3, 3, 3}),
            "conv 5x5 on a 3x3 input without pad leaves no output");
  EXPECT_EQ(inferOne(conv2d(8, window(7, 1, 1)), {3, 4, 4}),
            "conv 7x7 on a 4x4 input with pad 1,1,1,1 leaves no output");
  EXPECT_EQ(inferOne(conv2d(8, window(3, 1, 0, 3)), {3, 6, 6}),
            "conv 3x3 dilation 3x3 on a 6x6 input without pad leaves no output");
}

TEST(TypeRules, AConvolutionWorksOnMaps) {
  EXPECT_EQ(inferOne(conv2d(8, {}), {10}),
            "conv2d works on maps [channels, height, width], but its operand is f32[10]");
  EXPECT_EQ(infer(conv2d(8, {}), {}), "conv2d takes 1 operand, not 0");
}

TEST(TypeRules, GroupsDivideBothSidesChannels) {
  EXPECT_EQ(inferOne(conv2d(8, {}, 3), {4, 2, 2}),
            "conv has 4 input and 8 output channels, which 3 groups don't divide");
  EXPECT_THAT(inferOne(conv2d(9, {}, 2), {4, 2, 2}), HasSubstr("2 groups don't divide"));
  EXPECT_THAT(inferOne(conv2d(8, {}, 0), {4, 2, 2}), HasSubstr("at least 1 group"));
}

TEST(TypeRules, AttributesOutOfRangeAreNamed) {
  EXPECT_EQ(inferOne(conv2d(0, {}), {3, 4, 4}), "conv needs at least 1 output channel, not 0");
  EXPECT_THAT(inferOne(conv2d(8, window(0)), {3, 4, 4}), HasSubstr("conv kernel 0x0"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, 0)), {3, 4, 4}), HasSubstr("conv stride 0"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, 1, -1)), {3, 4, 4}), HasSubstr("conv pad -1"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, 1, 0, 0)), {3, 4, 4}), HasSubstr("conv dilation 0"));
}

TEST(TypeRules, AnActivationsSlopeIsFinite) {
  ConvLayer layer = conv(8);
  layer.activation = Unary{UnaryKind::leakyRelu, {std::numeric_limits<float>::quiet_NaN()}};
  EXPECT_EQ(inferOne(Conv2d{layer}, {3, 4, 4}), "leaky_relu slope must be a finite number");
  EXPECT_EQ(inferOne(Dense{4, true, layer.activation, {}, {}}, {3}),
            "leaky_relu slope must be a finite number");
}

TEST(TypeRules, HugeNumbersAreErrorsAndNoOverflow) {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max(),
                     large = std::numeric_limits<std::int32_t>::max();
  EXPECT_THAT(inferOne(conv2d(huge, {}), {3, 4, 4}), HasSubstr("output channel"));
  EXPECT_THAT(inferOne(conv2d(large, {}), {3, 4, 4}),
              HasSubstr("conv weights: a tensor [2147483647, 3, 1, 1]"));
  EXPECT_THAT(inferOne(conv2d(8, window(huge)), {3, 4, 4}), HasSubstr("conv kernel"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, huge)), {3, 4, 4}), HasSubstr("conv stride"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, 1, huge)), {3, 4, 4}), HasSubstr("conv pad"));
  EXPECT_THAT(inferOne(conv2d(8, window(3, 1, large)), {3, 4, 4}), HasSubstr("extent 4294967296"));
  EXPECT_THAT(inferOne(conv2d(8, window(large, 1, large, large)), {3, 4, 4}), HasSubstr("leaves no output"));
  EXPECT_THAT(inferOne(conv2d(1 << 14, window(1)), {1, 1 << 10, 1 << 10}),
              HasSubstr("takes more than 2147483647 bytes"));
  EXPECT_THAT(inferOne(Dense{huge, true, {}, {}, {}}, {3}), HasSubstr("dense needs at least 1 output"));
  EXPECT_THAT(inferOne(Dense{large, true, {}, {}, {}}, {3}), HasSubstr("dense weights"));
  EXPECT_THAT(infer(Input{f32({large, large, large})}, {}), HasSubstr("takes more than"));
}

// ---- mlpconv ----

TEST(TypeRules, AnMlpconvGivesItsLastLayersMaps) {
  EXPECT_EQ(inferOne(Mlpconv{{conv(192, window(5, 1, 2)), conv(160), conv(96)}, NoEpilogue{}}, {3, 32, 32}),
            "f32[96, 32, 32]");
}

TEST(TypeRules, AnMlpconvsEpilogueShapesItsResults) {
  Mlpconv op{{conv(192, window(3, 1, 1)), conv(10)},
             PoolEpilogue{PoolKind::max, window(3, 2), PoolExtent::ceil, false}};
  EXPECT_EQ(inferOne(op, {3, 32, 32}), "f32[10, 16, 16]");
  op.epilogue = GapEpilogue{true, false};
  EXPECT_EQ(inferOne(op, {3, 32, 32}), "f32[10]");
  op.epilogue = GapEpilogue{true, true};
  EXPECT_EQ(inferOne(op, {3, 32, 32}), "f32[10] f32[10, 32, 32]");
}

TEST(TypeRules, OnlyTheFirstLayerOfAnMlpconvHasAWindow) {
  EXPECT_EQ(inferOne(Mlpconv{{conv(8), conv(8, window(3, 1, 1))}, NoEpilogue{}}, {3, 8, 8}),
            "layer 1 of an mlpconv must be a 1x1 convolution; only the first has a window");
  EXPECT_EQ(inferOne(Mlpconv{{}, NoEpilogue{}}, {3, 8, 8}), "mlpconv needs at least one layer");
  EXPECT_THAT(inferOne(Mlpconv{{conv(6, {}, 3)}, NoEpilogue{}}, {3, 8, 8}), HasSubstr("one group"));
}

// ---- pools ----

TEST(TypeRules, PoolsRoundAsTheySay) {
  EXPECT_EQ(inferOne(MaxPool{window(3, 2), PoolExtent::ceil}, {96, 32, 32}), "f32[96, 16, 16]");
  EXPECT_EQ(inferOne(MaxPool{window(3, 2), PoolExtent::floor}, {96, 32, 32}), "f32[96, 15, 15]");
  EXPECT_EQ(inferOne(AveragePool{window(3, 2), PoolExtent::ceil, false}, {96, 54, 54}), "f32[96, 27, 27]");
}

TEST(TypeRules, APoolsPaddingIsSmallerThanItsWindow) {
  EXPECT_THAT(inferOne(MaxPool{window(2, 1, 2), PoolExtent::floor}, {1, 4, 4}),
              HasSubstr("windows that lie in the padding"));
  EXPECT_THAT(inferOne(AveragePool{window(2, 1, 2), PoolExtent::floor, false}, {1, 4, 4}),
              HasSubstr("the padding"));
}

TEST(TypeRules, ADilatedPoolMayNotStepOverItsWholeInput) {
  // Rows -1 and 1 of a map with the one row 0: a maximum over nothing.
  EXPECT_THAT(inferOne(MaxPool{window(2, 1, 1, 2), PoolExtent::floor}, {1, 1, 1}),
              HasSubstr("windows that lie in the padding"));
  EXPECT_EQ(inferOne(MaxPool{window(2, 1, 1, 2), PoolExtent::floor}, {1, 2, 2}), "f32[1, 2, 2]");
  EXPECT_EQ(inferOne(MaxPool{window(3, 1, 2, 2), PoolExtent::floor}, {1, 1, 1}), "f32[1, 1, 1]");
}

TEST(TypeRules, AnAveragePoolHasNoDilation) {
  EXPECT_EQ(inferOne(AveragePool{window(2, 1, 0, 2), PoolExtent::floor, false}, {1, 4, 4}),
            "average_pool has no dilation");
}

TEST(TypeRules, GlobalAveragePoolGivesANumberAMap) {
  EXPECT_EQ(inferOne(GlobalAveragePool{}, {10, 8, 8}), "f32[10]");
  EXPECT_THAT(inferOne(GlobalAveragePool{}, {10}), HasSubstr("global_avg_pool works on maps"));
}

// ---- the others ----

TEST(TypeRules, ElementwiseOpsKeepTheShape) {
  for (const Op &op :
       {Op(Unary{UnaryKind::relu}), Op(usual(UnaryKind::leakyRelu)), Op(Unary{UnaryKind::sigmoid}),
        Op(Unary{UnaryKind::tanh}), Op(Dropout{}), Op(BatchNorm{}), Op(Prelu{}), Op(Softmax{})}) {
    EXPECT_EQ(inferOne(op, {3, 4, 5}), "f32[3, 4, 5]") << spellingOf(op);
    EXPECT_EQ(inferOne(op, {7}), "f32[7]") << spellingOf(op);
    EXPECT_THAT(infer(op, {f32({7}), f32({7})}), HasSubstr("takes 1 operand, not 2")) << spellingOf(op);
  }
}

TEST(TypeRules, AnExtentOf1StretchesInAddAndMul) {
  EXPECT_EQ(infer(Binary{BinaryKind::add}, {f32({3, 4, 5}), f32({3, 4, 5})}), "f32[3, 4, 5]");
  EXPECT_EQ(infer(Binary{BinaryKind::mul}, {f32({3, 1, 1}), f32({3, 4, 5})}), "f32[3, 4, 5]");
  EXPECT_EQ(infer(Binary{BinaryKind::add}, {f32({1, 4, 1}), f32({3, 1, 5})}), "f32[3, 4, 5]");
  EXPECT_EQ(infer(Binary{BinaryKind::add}, {f32({3, 4, 5}), f32({3, 4, 6})}),
            "add can't match [3, 4, 5] with [3, 4, 6]: dimension 2 is 5 here and 6 there");
  EXPECT_EQ(infer(Binary{BinaryKind::mul}, {f32({3}), f32({3, 1, 1})}),
            "mul takes operands of the same rank, not [3] and [3, 1, 1]");
}

TEST(TypeRules, StretchingOnBothSidesMayBeTooLarge) {
  EXPECT_THAT(infer(Binary{BinaryKind::add}, {f32({1 << 20, 1, 1}), f32({1, 1 << 20, 1})}),
              HasSubstr("takes more than"));
}

TEST(TypeRules, ConcatAddsUpOneAxis) {
  EXPECT_EQ(infer(Concat{0}, {f32({3, 4, 5}), f32({2, 4, 5}), f32({1, 4, 5})}), "f32[6, 4, 5]");
  EXPECT_EQ(infer(Concat{2}, {f32({3, 4, 5}), f32({3, 4, 6})}), "f32[3, 4, 11]");
  EXPECT_THAT(infer(Concat{0}, {f32({3, 4, 5}), f32({3, 4, 6})}),
              HasSubstr("can't join [3, 4, 5] with [3, 4, 6]"));
  EXPECT_THAT(infer(Concat{0}, {f32({3, 4}), f32({3})}), HasSubstr("can't join"));
  EXPECT_THAT(infer(Concat{3}, {f32({3, 4, 5})}), HasSubstr("axis 3 is not a dimension"));
  EXPECT_THAT(infer(Concat{-1}, {f32({3, 4, 5})}), HasSubstr("axis -1"));
  EXPECT_THAT(infer(Concat{0}, {}), HasSubstr("at least one operand"));
}

TEST(TypeRules, FlattenAndReshapeKeepTheNumberOfElements) {
  EXPECT_EQ(inferOne(Flatten{}, {3, 4, 5}), "f32[60]");
  EXPECT_EQ(inferOne(Reshape{{4, 15}}, {3, 4, 5}), "f32[4, 15]");
  EXPECT_EQ(inferOne(Reshape{{4, 16}}, {3, 4, 5}),
            "reshape from [3, 4, 5] with 60 elements to [4, 16] with 64");
  EXPECT_THAT(inferOne(Reshape{{-1, 15}}, {3, 4, 5}), HasSubstr("extent -1"));
}

TEST(TypeRules, TransposeNamesEachDimensionOnce) {
  EXPECT_EQ(inferOne(Transpose{{2, 0, 1}}, {3, 4, 5}), "f32[5, 3, 4]");
  for (const Shape &order :
       {Shape{0, 1}, Shape{0, 1, 1}, Shape{0, 1, 3}, Shape{0, 1, -1}, Shape{0, 1, 2, 3}, Shape{}})
    EXPECT_THAT(inferOne(Transpose{order}, {3, 4, 5}),
                HasSubstr("doesn't name each of the 3 dimensions of [3, 4, 5] once"));
}

TEST(TypeRules, SliceLiesInItsOperand) {
  EXPECT_EQ(inferOne(Slice{1, 1, 2, 2}, {3, 4, 5}), "f32[3, 2, 5]");
  EXPECT_EQ(inferOne(Slice{2, 4, 1, 1}, {3, 4, 5}), "f32[3, 4, 1]");
  EXPECT_THAT(inferOne(Slice{3, 0, 1, 1}, {3, 4, 5}), HasSubstr("axis 3 is not a dimension"));
  EXPECT_THAT(inferOne(Slice{-1, 0, 1, 1}, {3, 4, 5}), HasSubstr("axis -1"));
  EXPECT_THAT(inferOne(Slice{1, -1, 1, 1}, {3, 4, 5}), HasSubstr("slice from is -1"));
  EXPECT_THAT(inferOne(Slice{1, 0, 0, 1}, {3, 4, 5}), HasSubstr("slice size is 0"));
  EXPECT_THAT(inferOne(Slice{1, 0, 1, 0}, {3, 4, 5}), HasSubstr("slice stride is 0"));
  EXPECT_THAT(inferOne(Slice{1, 4, 1, 1}, {3, 4, 5}), HasSubstr("goes beyond the 4 of dimension 1"));
  EXPECT_THAT(inferOne(Slice{1, 0, 3, 2}, {3, 4, 5}), HasSubstr("goes beyond"));
  EXPECT_THAT(inferOne(Slice{1, 1, INT32_MAX, INT32_MAX}, {3, 4, 5}), HasSubstr("goes beyond"));
}

TEST(TypeRules, PadAddsToEachDimension) {
  EXPECT_EQ(inferOne(Pad{{0, 1, 2}, {3, 0, 0}}, {3, 4, 5}), "f32[6, 5, 7]");
  EXPECT_EQ(inferOne(Pad{{}, {0, 1}, PadMode::edge}, {3, 4}), "f32[3, 5]");
  EXPECT_EQ(inferOne(Pad{{3}, {3}, PadMode::reflect}, {4}), "f32[10]");
  EXPECT_THAT(inferOne(Pad{{4}, {}, PadMode::reflect}, {4}),
              HasSubstr("of the 4 elements of dimension 0 it can take 3"));
  EXPECT_THAT(inferOne(Pad{{}, {5}, PadMode::wrap}, {4}), HasSubstr("it can take 4"));
  EXPECT_THAT(inferOne(Pad{{1}, {}}, {3, 4}), HasSubstr("pad before [1] has 1 numbers for [3, 4]"));
  EXPECT_THAT(inferOne(Pad{{}, {-1}}, {3}), HasSubstr("pad behind has -1"));
  EXPECT_THAT(inferOne(Pad{{INT32_MAX}, {}}, {3}), HasSubstr("is not between"));
  EXPECT_THAT(inferOne(Pad{{}, {}, PadMode::fill, INFINITY}, {3}),
              HasSubstr("pad fill must be a finite number"));
}

TEST(TypeRules, ResizeMakesItsShape) {
  Resize op;
  op.shape = {3, 8, 2};
  EXPECT_EQ(inferOne(op, {3, 4, 5}), "f32[3, 8, 2]");
  EXPECT_THAT(inferOne(op, {4, 5}), HasSubstr("resize from [4, 5] to [3, 8, 2]"));
  op.scales = {1, 2};
  EXPECT_EQ(inferOne(op, {3, 4, 5}), "resize has 2 scales for 3 dimensions");
  op.scales = {1, 2, 0.5f};
  EXPECT_EQ(inferOne(op, {3, 4, 5}), "f32[3, 8, 2]");
  op.scales = {1, 1.7f, 0.5f};
  EXPECT_EQ(inferOne(op, {3, 4, 5}),
            "resize makes dimension 1 of [3, 4, 5] 1.7 times as large, which isn't 8");
  for (const float scale : {0.0f, -2.0f, NAN, INFINITY}) {
    op.scales = {1, scale, 0.5f};
    EXPECT_THAT(inferOne(op, {3, 4, 5}), HasSubstr("is not a positive number"));
  }
  op.scales = {};
  op.coefficient = 0.5f;
  EXPECT_THAT(inferOne(op, {3, 4, 5}), HasSubstr("cubic_a 0.5 is not between -1 and 0"));
  op = {};
  op.shape = {20000000};
  EXPECT_THAT(inferOne(op, {3}), HasSubstr("dimensions of up to 16777216"));
}

TEST(TypeRules, ResizeCropsWithinBounds) {
  Resize op;
  op.shape = {3, 8};
  op.grid = ResizeGrid::cropAndResize;
  op.roi = {0, -0.5f, 1, 1.5f};
  EXPECT_EQ(inferOne(op, {3, 4}), "f32[3, 8]");
  op.roi = {0, 0, 1};
  EXPECT_THAT(inferOne(op, {3, 4}), HasSubstr("resize has 3 numbers in its roi for 2 dimensions"));
  for (const float number : {1e8f, NAN, -INFINITY}) {
    op.roi = {0, number, 1, 1};
    EXPECT_THAT(inferOne(op, {3, 4}), HasSubstr("is beyond all bounds on dimension 1 of [3, 4]"));
  }
  op.roi = {0, 0, 1, 1};
  op.grid = ResizeGrid::halfPixel;
  EXPECT_THAT(inferOne(op, {3, 4}), HasSubstr("has a roi only by crop_and_resize"));
}

TEST(TypeRules, ResizeHasNoMoreTermsThanAKernelCounts) {
  Resize op;
  op.shape = {1, 1};
  op.antialiases = true;
  EXPECT_EQ(inferOne(op, {4096, 4096}), "f32[1, 1]");
  EXPECT_THAT(inferOne(op, {20000, 20000}), HasSubstr("resize terms of an element"));
}

TEST(TypeRules, ArgMaxCountsElements) {
  EXPECT_EQ(inferOne(ArgMax{1, false, false}, {3, 4, 5}), "i64[3, 5]");
  EXPECT_EQ(inferOne(ArgMax{1, true, false}, {3, 4, 5}), "i64[3, 1, 5]");
  EXPECT_EQ(inferOne(ArgMax{}, {7}), "i64[1]");
  EXPECT_EQ(inferOne(ArgMax{3, false, false}, {3, 4, 5}), "arg_max axis 3 is not a dimension of [3, 4, 5]");
  EXPECT_THAT(inferOne(ArgMax{}, {20000000}), HasSubstr("up to 16777216 elements"));
}

TEST(TypeRules, TopKGivesNumbersAndElements) {
  EXPECT_EQ(inferOne(TopK{5, 0}, {1000}), "i64[5] f32[5]");
  EXPECT_EQ(inferOne(TopK{2, 1}, {3, 4, 5}), "i64[3, 2, 5] f32[3, 2, 5]");
  EXPECT_EQ(inferOne(TopK{5, 0}, {4}), "top_k gives 1 to 4 elements of [4] along axis 0, not 5");
  EXPECT_EQ(inferOne(TopK{1, 1}, {4}), "top_k axis 1 is not a dimension of [4]");
  EXPECT_EQ(inferOne(TopK{1025, 0}, {2000}), "top_k gives up to 1024 elements, not 1025");
}

TEST(TypeRules, AnInputIsOfTheTypeThatItSays) {
  const TensorType pixels{
      ElementType::u8, {3, 4, 5}, Layout::hwc, {.mean = {1, 2, 3}, .scale = {}, .reversed = true}};
  EXPECT_EQ(infer(Input{pixels}, {}), "u8[3, 4, 5] hwc mean 1, 2, 3 bgr");
  EXPECT_EQ(infer(Input{{ElementType::u8, {7}}}, {}), "u8[7]");
}

TEST(TypeRules, AnInputsPreprocessingFitsItsChannels) {
  const auto of = [](Shape shape, Preprocessing preprocessing, Layout layout = Layout::chw) {
    return infer(Input{{ElementType::u8, std::move(shape), layout, std::move(preprocessing)}}, {});
  };
  EXPECT_EQ(of({3, 4, 5}, {.mean = {1, 2}, .scale = {}}),
            "input mean has 2 numbers, but there are 3 channels: give one, or one a channel");
  EXPECT_THAT(of({17}, {.mean = {}, .scale = std::vector<float>(17, 1)}),
              HasSubstr("up to 16 channels, not 17"));
  EXPECT_EQ(of({3, 4, 5}, {.mean = {}, .scale = {0}}), "input scale must not be 0");
  EXPECT_EQ(of({3, 4, 5}, {.mean = {}, .scale = {-1}, .divides = true}), "input std must be more than 0");
  EXPECT_EQ(of({3, 4, 5}, {.mean = {HUGE_VALF}, .scale = {}}), "input mean must be finite");
  EXPECT_EQ(of({1, 4, 5}, {.mean = {}, .scale = {}, .reversed = true}, Layout::hwc),
            "bgr turns round the three channels of maps, but the input is [4, 5, 1]");
  EXPECT_EQ(of({4, 5}, {}, Layout::hwc), "hwc is an order of maps [rows, columns, channels], not of [4, 5]");
  EXPECT_EQ(infer(Input{{ElementType::i64, {3}}}, {}), "inputs are f32 or u8, not i64");
}

TEST(TypeRules, NoOpTakesNumbersOfElements) {
  const TensorType numbers{ElementType::i64, {3}, Layout::chw};
  EXPECT_EQ(infer(Unary{UnaryKind::relu}, {numbers}),
            "relu takes f32, but its operand is i64[3], numbers of elements, which can only be an output");
  EXPECT_THAT(infer(ArgMax{}, {numbers}), HasSubstr("arg_max takes f32"));
}

TEST(TypeRules, MatMulTakesMatricesThatFit) {
  EXPECT_EQ(infer(MatMul{}, {f32({3, 4}), f32({4, 5})}), "f32[3, 5]");
  EXPECT_EQ(infer(MatMul{}, {f32({2, 1, 3, 4}), f32({1, 6, 4, 5})}), "f32[2, 6, 3, 5]");
  EXPECT_EQ(infer(MatMul{}, {f32({3, 4}), f32({3, 4})}),
            "matmul can't multiply [3, 4] by [3, 4]: 4 columns meet 3 rows");
  EXPECT_EQ(infer(MatMul{}, {f32({2, 3, 4}), f32({3, 4, 5})}),
            "matmul can't match [2, 3, 4] with [3, 4, 5]: dimension 0 is 2 here and 3 there");
  EXPECT_THAT(infer(MatMul{}, {f32({2, 3, 4}), f32({4, 5})}), HasSubstr("operands of the same rank"));
  EXPECT_THAT(infer(MatMul{}, {f32({4}), f32({4})}), HasSubstr("multiplies matrices"));
  EXPECT_THAT(infer(MatMul{}, {f32({4, 4})}), HasSubstr("takes 2 operands, not 1"));
  EXPECT_THAT(infer(MatMul{}, {f32({100000, 1}), f32({1, 100000})}), HasSubstr("more than"));
}

TEST(TypeRules, DenseWorksOnAVector) {
  EXPECT_EQ(inferOne(Dense{10, true, {}, {}, {}}, {64}), "f32[10]");
  EXPECT_EQ(inferOne(Dense{10, true, {}, {}, {}}, {3, 4, 5}),
            "dense works on a vector, but its operand is f32[3, 4, 5]; put a flatten before it");
}

TEST(TypeRules, RatiosAndConstantsAreInRange) {
  EXPECT_THAT(inferOne(Dropout{1}, {3}), HasSubstr("dropout ratio 1 is not in [0, 1)"));
  EXPECT_THAT(inferOne(Dropout{NAN}, {3}), HasSubstr("dropout ratio"));
  EXPECT_THAT(inferOne(Unary{UnaryKind::leakyRelu, {INFINITY}}, {3}),
              HasSubstr("slope must be a finite number"));
  EXPECT_THAT(inferOne(BatchNorm{-1, {}, {}, {}, {}}, {3}), HasSubstr("epsilon -1"));
  EXPECT_THAT(inferOne(Lrn{0, 1, 1, 1}, {3, 4, 4}), HasSubstr("lrn size 0"));
  EXPECT_THAT(inferOne(Lrn{5, NAN, 1, 1}, {3, 4, 4}), HasSubstr("finite"));
  for (const Lrn &withoutPower : {Lrn{5, -1, 1, 1}, Lrn{5, 1, 1, -1}, Lrn{5, 0, 1, 0}})
    EXPECT_THAT(inferOne(withoutPower, {3, 4, 4}), HasSubstr("alpha and k from 0 up"));
}

} // namespace
} // namespace ninc

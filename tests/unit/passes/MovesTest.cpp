// What moves elements, as numbers small enough to follow: rearrangements, and layers that take them in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"
#include "passes/Rearrangement.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Parameter tensor(Shape shape, std::vector<float> data) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(data)});
}

TEST(Rearrangement, JoinsWhatStaysTogetherAndForgetsOnes) {
  EXPECT_EQ(rearrangementOf({{1, 2, 0}}, {4, 3, 5}), (Rearrangement{{4, 15}, {1, 0}}));
  EXPECT_EQ(rearrangementOf({{2, 1, 0}}, {4, 1, 5}), (Rearrangement{{4, 5}, {1, 0}}));
  EXPECT_TRUE(keepsElements(rearrangementOf({{1, 2, 0}}, {1, 3, 5})));
  EXPECT_TRUE(keepsElements(rearrangementOf({{1, 0}}, {1, 1})));
}

TEST(Rearrangement, ComposesInCommonParts) {
  const Rearrangement toTheEnd{{4, 15}, {1, 0}};
  EXPECT_TRUE(keepsElements(*composed(toTheEnd, {{15, 4}, {1, 0}})));
  EXPECT_EQ(*composed(toTheEnd, {{3, 20}, {1, 0}}), (Rearrangement{{12, 5}, {1, 0}}));
  EXPECT_EQ(*composed({{2, 30}, {1, 0}}, {{3, 20}, {1, 0}}), (Rearrangement{{6, 10}, {1, 0}}));
  EXPECT_EQ(*composed({{4, 15}, {1, 0}}, {{15, 2, 2}, {0, 2, 1}}), (Rearrangement{{2, 2, 15}, {2, 1, 0}}));
  EXPECT_EQ(*composed(unmoved(60), toTheEnd), toTheEnd);
  EXPECT_EQ(*composed(toTheEnd, unmoved(60)), toTheEnd);
}

TEST(Rearrangement, DoesNotComposeWherePartsCross) {
  EXPECT_FALSE(composed({{2, 6}, {1, 0}}, {{4, 3}, {1, 0}}));
}

TEST(Rearrangement, IsASingleTransposeOfWholeDimensions) {
  EXPECT_THAT(*transposeOrder({{4, 15}, {1, 0}}, {4, 3, 5}, {3, 5, 4}), ElementsAre(1, 2, 0));
  EXPECT_THAT(*transposeOrder({{4, 3}, {1, 0}}, {4, 1, 3}, {1, 3, 4}), ElementsAre(1, 2, 0));
  EXPECT_FALSE(transposeOrder({{4, 15}, {1, 0}}, {4, 15}, {3, 20}));
  EXPECT_FALSE(transposeOrder({{4, 15}, {1, 0}}, {2, 2, 15}, {15, 2, 2, 1}));
  EXPECT_FALSE(transposeOrder({{2, 2}, {1, 0}}, {4, 1}, {1, 4}));
}

TEST(Rearrangement, SaysWhereEachElementComesFrom) {
  EXPECT_THAT(sourcesOf({{2, 3}, {1, 0}}), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(sourcesOf(unmoved(3)), ElementsAre(0, 1, 2));
  EXPECT_THAT(sourcesOf(unmoved(1)), ElementsAre(0));
}

class FoldMovesTest : public ::testing::Test {
protected:
  Value add(Op op, std::vector<Value> operands, std::vector<std::string> names = {}) {
    return graph.result(graph.append(std::move(op), operands, std::move(names)).value());
  }
  Value zeroRowBelow(Value maps) { return add(Pad{{}, {0, 1, 0}}, {maps}); }

  // The text behind the pass, which must have kept the outputs' numbers.
  std::string folded() {
    Tensor image{{2, 3, 4}, {}};
    for (int i = 0; i < 24; ++i)
      image.data.push_back(static_cast<float>((i * 7) % 11 - 5));
    const std::map<std::string, Tensor> inputs{{"x", image}};
    const std::vector<Tensor> expected = evaluateOutputs(graph, inputs).value();
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    foldMoves(graph, context);
    foldPads(graph, context);
    eliminateDeadCode(graph, context);
    EXPECT_TRUE(verify(graph, ParameterState::bound).empty());
    const std::vector<Tensor> actual = evaluateOutputs(graph, inputs).value();
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_EQ(actual[i].data, expected[i].data);
    return print(graph);
  }

  Graph graph{"net"};
  Value x = add(Input{{ElementType::f32, {2, 3, 4}, Layout::chw}}, {}, {"x"});
};

ConvLayer layer(std::int64_t kernel) {
  ConvLayer layer;
  layer.outChannels = 1;
  layer.window.kernel = {kernel, kernel};
  layer.hasBias = false;
  std::vector<float> weight;
  for (std::int64_t i = 0; i < 2 * kernel * kernel; ++i)
    weight.push_back(static_cast<float>(i % 5 - 2));
  layer.weight = tensor({1, 2, kernel, kernel}, std::move(weight));
  return layer;
}

TEST_F(FoldMovesTest, ADenseLayerReadsMapsInTheirOrder) {
  Dense dense{1, false, {}, nullptr, nullptr};
  std::vector<float> weight;
  for (int i = 0; i < 24; ++i)
    weight.push_back(static_cast<float>(i));
  dense.weight = tensor({1, 24}, std::move(weight));
  const Value turned = add(Transpose{{1, 2, 0}}, {add(usual(UnaryKind::relu), {x})});
  ASSERT_TRUE(graph.addOutput(add(dense, {add(Flatten{}, {turned})}, {"y"})));
  EXPECT_THAT(folded(), Not(HasSubstr("transpose")));
}

TEST_F(FoldMovesTest, BordersOfZerosAreAConvolutionsPadding) {
  const Value around = add(Pad{{0, 0, 2}, {0, 0, 1}}, {zeroRowBelow(x)});
  ASSERT_TRUE(graph.addOutput(add(Conv2d{layer(3)}, {around}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr("y = conv2d x 3x3 pad 0,2,1,1"));
}

TEST_F(FoldMovesTest, BordersOfOtherNumbersStay) {
  const Value below = add(Pad{{}, {0, 1, 0}, PadMode::fill, 1}, {x});
  ASSERT_TRUE(graph.addOutput(add(Conv2d{layer(3)}, {below}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr(" = pad "));
}

TEST_F(FoldMovesTest, AnAveragePoolCountsThem) {
  AveragePool pool;
  pool.window.kernel = {2, 2};
  ASSERT_TRUE(graph.addOutput(add(pool, {zeroRowBelow(x)}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr("y = average_pool x 2x2 pad 0,0,1,0 count_include_pad"));
}

TEST_F(FoldMovesTest, AnAveragePoolWithOtherPaddingDoesNot) {
  AveragePool pool;
  pool.window.kernel = {2, 2};
  pool.window.pad.left = 1;
  ASSERT_TRUE(graph.addOutput(add(pool, {zeroRowBelow(x)}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr(" = pad "));
}

TEST_F(FoldMovesTest, AMaxPoolOfWhatIsNeverNegativeLeavesThemOut) {
  MaxPool pool;
  pool.window.kernel = {2, 2};
  ASSERT_TRUE(graph.addOutput(add(pool, {zeroRowBelow(add(usual(UnaryKind::relu), {x}))}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr("2x2 pad 0,0,1,0"));
}

TEST_F(FoldMovesTest, AMaxPoolOfOthersReadsThem) {
  MaxPool pool;
  pool.window.kernel = {2, 2};
  ASSERT_TRUE(graph.addOutput(add(pool, {zeroRowBelow(x)}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr(" = pad "));
}

TEST_F(FoldMovesTest, APoolHasNoWindowOfZerosAlone) {
  MaxPool pool;
  pool.window.kernel = {2, 2};
  const Value below = zeroRowBelow(zeroRowBelow(add(usual(UnaryKind::relu), {x})));
  ASSERT_TRUE(graph.addOutput(add(pool, {below}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr(" = pad ")) << "two rows of padding are more than a 2x2 window may have";
}

TEST_F(FoldMovesTest, APoolInCeilModeAsksWhereTheMapEnds) {
  MaxPool pool;
  pool.window.kernel = {2, 2};
  pool.window.stride = {3, 3};
  pool.extent = PoolExtent::ceil;
  ASSERT_TRUE(graph.addOutput(add(pool, {zeroRowBelow(add(usual(UnaryKind::relu), {x}))}, {"y"})));
  EXPECT_THAT(folded(), HasSubstr(" = pad "));
}

} // namespace
} // namespace ninc

// The algebra of folding on numbers small enough to check by hand.
#include "passes/LinearMap.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

namespace ninc {
namespace {

using ::testing::ElementsAre;

Parameter tensor(Shape shape, std::vector<float> data) {
  return std::make_shared<const Tensor>(Tensor{std::move(shape), std::move(data)});
}

// Two inputs, two outputs, 1 x 1.
const LinearMap square{tensor({2, 2, 1, 1}, {1, 2, 3, 4}), tensor({2}, {5, 6})};

TEST(LinearMap, ScalesWeightsAndBiasOfAnOutput) {
  auto folded = followedBy(square, {{10, 100}, {1, 2}});
  ASSERT_TRUE(folded);
  EXPECT_THAT(folded->weight->data, ElementsAre(10, 20, 300, 400));
  EXPECT_THAT(folded->bias->data, ElementsAre(51, 602));
}

TEST(LinearMap, GetsABiasFromAShift) {
  auto folded = followedBy({square.weight, nullptr}, {{1, 1}, {7, 8}});
  ASSERT_TRUE(folded);
  EXPECT_THAT(folded->bias->data, ElementsAre(7, 8));
}

TEST(LinearMap, TakesTheShiftOfItsInputsThroughTheWeights) {
  auto folded = precededBy(square, {{10, 100}, {1, 2}});
  ASSERT_TRUE(folded);
  EXPECT_THAT(folded->weight->data, ElementsAre(10, 200, 30, 400));
  EXPECT_THAT(folded->bias->data, ElementsAre(5 + 1 * 1 + 2 * 2, 6 + 3 * 1 + 4 * 2));
}

TEST(LinearMap, ComposesAsMatricesMultiply) {
  LinearMap second{tensor({1, 2, 1, 1}, {10, 1}), tensor({1}, {1000})};
  auto composed = compose(square, second);
  ASSERT_TRUE(composed);
  EXPECT_EQ(composed->weight->shape, (Shape{1, 2, 1, 1}));
  EXPECT_THAT(composed->weight->data, ElementsAre(10 * 1 + 3, 10 * 2 + 4));
  EXPECT_THAT(composed->bias->data, ElementsAre(10 * 5 + 6 + 1000));
}

TEST(LinearMap, KeepsTheKernelOfTheFirst) {
  // One input, two maps of a 1 x 2 kernel, summed with factors 1 and 10.
  LinearMap first{tensor({2, 1, 1, 2}, {1, 2, 3, 4}), nullptr};
  LinearMap second{tensor({1, 2, 1, 1}, {1, 10}), nullptr};
  auto composed = compose(first, second);
  ASSERT_TRUE(composed);
  EXPECT_EQ(composed->weight->shape, (Shape{1, 1, 1, 2}));
  EXPECT_THAT(composed->weight->data, ElementsAre(31, 42));
  EXPECT_EQ(composed->bias, nullptr) << "two maps without bias make one without";
}

TEST(LinearMap, KeepsTheKernelOfTheSecond) {
  LinearMap first{tensor({2, 1, 1, 1}, {2, 3}), tensor({2}, {1, 1})};
  LinearMap second{tensor({1, 2, 1, 2}, {1, 10, 100, 1000}), nullptr};
  auto composed = compose(first, second);
  ASSERT_TRUE(composed);
  EXPECT_EQ(composed->weight->shape, (Shape{1, 1, 1, 2}));
  EXPECT_THAT(composed->weight->data, ElementsAre(302, 3020));
  EXPECT_THAT(composed->bias->data, ElementsAre(1111));
}

TEST(LinearMap, DoesNotComposeTwoKernels) {
  LinearMap wide{tensor({1, 1, 1, 2}, {1, 2}), nullptr};
  EXPECT_FALSE(compose(wide, wide));
}

TEST(LinearMap, RefusesToOverflow) {
  float huge = std::numeric_limits<float>::max();
  EXPECT_FALSE(followedBy({tensor({1, 1}, {huge}), nullptr}, {{10}, {0}}));
  EXPECT_FALSE(precededBy({tensor({1, 1}, {huge}), nullptr}, {{1}, {10}}));
  EXPECT_FALSE(compose({tensor({1, 1}, {huge}), nullptr}, {tensor({1, 1}, {huge}), nullptr}));
}

// What x * 1e-30 * 1e-30 has left of 3e38 in two steps, one weight of 1e-60 hasn't.
TEST(LinearMap, RefusesToVanish) {
  LinearMap tiny{tensor({1, 1}, {1e-25f}), nullptr};
  EXPECT_FALSE(followedBy(tiny, {{1e-20}, {0}}));
  EXPECT_FALSE(precededBy(tiny, {{1e-20}, {0}}));
  EXPECT_FALSE(compose(tiny, tiny));
  // A row's large weights are what counts, and a row that was next to nothing before may be less.
  EXPECT_TRUE(followedBy({tensor({1, 2}, {1e-25f, 1}), nullptr}, {{1e-20}, {0}}));
  EXPECT_TRUE(followedBy({tensor({2, 1}, {1e-35f, 1}), nullptr}, {{1e-5, 1e-5}, {0, 0}}));
}

// Products of single floats are exact in double: a sum that cancels keeps what f32 would have lost.
TEST(LinearMap, SumsInDouble) {
  LinearMap first{tensor({3, 1}, {1e8f, 1, -1e8f}), nullptr};
  LinearMap second{tensor({1, 3}, {1, 1, 1}), nullptr};
  auto composed = compose(first, second);
  ASSERT_TRUE(composed);
  EXPECT_THAT(composed->weight->data, ElementsAre(1));
}

class ChannelAffineTest : public ::testing::Test {
protected:
  Value add(Op op, std::vector<Value> operands) {
    return graph.result(graph.append(std::move(op), operands).value());
  }
  Graph graph{"net"};
  Value x = add(Input{{ElementType::f32, {2, 3, 3}, Layout::chw}}, {});
};

TEST_F(ChannelAffineTest, OfABatchNorm) {
  BatchNorm norm{0.0f, tensor({2}, {6, 1}), tensor({2}, {1, 0}), tensor({2}, {2, 0}), tensor({2}, {9, 4})};
  auto affine = channelAffineOf(graph, add(norm, {x}).node);
  ASSERT_TRUE(affine);
  EXPECT_THAT(affine->scale, ElementsAre(2, 0.5));
  EXPECT_THAT(affine->shift, ElementsAre(1 - 2 * 2, 0));
}

TEST_F(ChannelAffineTest, OfABatchNormOfNegativeVarianceIsNone) {
  BatchNorm norm{0.0f, tensor({2}, {1, 1}), tensor({2}, {1, 0}), tensor({2}, {2, 0}), tensor({2}, {-1, 4})};
  EXPECT_FALSE(channelAffineOf(graph, add(norm, {x}).node));
}

TEST_F(ChannelAffineTest, OfAMulByOneNumber) {
  Value factor = add(Constant{{1, 1, 1}, tensor({1, 1, 1}, {3})}, {});
  auto affine = channelAffineOf(graph, add(Binary{BinaryKind::mul}, {x, factor}).node);
  ASSERT_TRUE(affine);
  EXPECT_THAT(affine->scale, ElementsAre(3, 3));
  EXPECT_THAT(affine->shift, ElementsAre(0, 0));
}

TEST_F(ChannelAffineTest, OfAnAddOfOneNumberAChannel) {
  Value bias = add(Constant{{2, 1, 1}, tensor({2, 1, 1}, {3, 4})}, {});
  auto affine = channelAffineOf(graph, add(Binary{BinaryKind::add}, {x, bias}).node);
  ASSERT_TRUE(affine);
  EXPECT_THAT(affine->scale, ElementsAre(1, 1));
  EXPECT_THAT(affine->shift, ElementsAre(3, 4));
}

TEST_F(ChannelAffineTest, OfAConstantThatVariesWithinAChannelIsNone) {
  Value row = add(Constant{{1, 1, 3}, tensor({1, 1, 3}, {1, 2, 3})}, {});
  EXPECT_FALSE(channelAffineOf(graph, add(Binary{BinaryKind::add}, {x, row}).node));
}

TEST_F(ChannelAffineTest, OfAnOperandThatIsStretchedIsNone) {
  Value single = add(Input{{ElementType::f32, {1, 3, 3}, Layout::chw}}, {});
  Value bias = add(Constant{{2, 1, 1}, tensor({2, 1, 1}, {3, 4})}, {});
  EXPECT_FALSE(channelAffineOf(graph, add(Binary{BinaryKind::add}, {single, bias}).node));
}

TEST_F(ChannelAffineTest, OfUnboundParametersIsNone) {
  EXPECT_FALSE(channelAffineOf(graph, add(BatchNorm{}, {x}).node));
  Value constant = add(Constant{{2, 1, 1}, nullptr}, {});
  EXPECT_FALSE(channelAffineOf(graph, add(Binary{BinaryKind::mul}, {x, constant}).node));
}

} // namespace
} // namespace ninc

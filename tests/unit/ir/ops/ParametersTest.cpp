#include "ir/ops/Parameters.h"

#include <gtest/gtest.h>
#include <map>

#include "tests/unit/ir/ops/SmallChains.h"
#include "tests/unit/ir/ops/SmallOps.h"

namespace ninc {
namespace {

std::map<std::string, Shape> slotsOf(Op op, Shape operand) {
  std::map<std::string, Shape> shapes;
  std::vector<TensorType> operands{f32(std::move(operand))};
  for (const ParameterSlot &slot : parameterSlots(op, operands))
    shapes[slot.suffix] = slot.shape;
  return shapes;
}

using Slots = std::map<std::string, Shape>;

TEST(Parameters, ParametersAreNamedAndShapedByTheirOp) {
  EXPECT_EQ(slotsOf(conv2d(8, window(3), 2), {4, 5, 5}), (Slots{{"weight", {8, 2, 3, 3}}, {"bias", {8}}}));
  EXPECT_EQ(
      slotsOf(Mlpconv{{conv(6, window(5)), conv(2)}, NoEpilogue{}}, {3, 8, 8}),
      (Slots{{"0.weight", {6, 3, 5, 5}}, {"0.bias", {6}}, {"1.weight", {2, 6, 1, 1}}, {"1.bias", {2}}}));
  EXPECT_EQ(slotsOf(Dense{10, false, {}, {}, {}}, {64}), (Slots{{"weight", {10, 64}}}));
  EXPECT_EQ(slotsOf(BatchNorm{}, {7, 2, 2}),
            (Slots{{"scale", {7}}, {"bias", {7}}, {"mean", {7}}, {"variance", {7}}}));
  EXPECT_EQ(slotsOf(Prelu{}, {7, 2, 2}), (Slots{{"slope", {7}}}));
  EXPECT_EQ(slotsOf(Unary{UnaryKind::relu}, {7}), Slots{});
  EXPECT_EQ(slotsOf(Pointwise{channelSteps()}, {7, 2, 2}), (Slots{{"step0.slope", {7}},
                                                                  {"step1.scale", {7}},
                                                                  {"step1.bias", {7}},
                                                                  {"step1.mean", {7}},
                                                                  {"step1.variance", {7}}}));
  EXPECT_EQ(slotsOf(Mlpconv{{conv(6)}, PointwiseEpilogue{{{step(Prelu{}, {operand(0)})}}}}, {3, 8, 8}),
            (Slots{{"0.weight", {6, 3, 1, 1}}, {"0.bias", {6}}, {"step0.slope", {6}}}));
  Op constant = Constant{{2, 3}, {}};
  EXPECT_EQ(parameterSlots(constant, {}).at(0).suffix, "");
}

// The numbers a channel of a step are the result's, which an operand may stretch to.
TEST(Parameters, OfAChainAreAsManyAsTheResultHasChannels) {
  Op op = Pointwise{channelSteps()};
  const std::vector<TensorType> operands{f32({1, 2, 2}), f32({7, 2, 2})};
  EXPECT_EQ(parameterSlots(op, operands).at(0).shape, (Shape{7}));
}

TEST(Parameters, ASlotPointsIntoTheOp) {
  Op op = conv2d(8, window(3));
  std::vector<TensorType> operands{f32({4, 5, 5})};
  auto tensor = std::make_shared<const Tensor>();
  *parameterSlots(op, operands).at(1).parameter = tensor;
  EXPECT_EQ(std::get<Conv2d>(op).layer.bias, tensor);
}

TEST(Parameters, FanInIsWhatAnOutputSumsOver) {
  Op op = conv2d(8, window(3), 2);
  std::vector<TensorType> operands{f32({4, 5, 5})};
  EXPECT_EQ(parameterSlots(op, operands).at(0).fanIn, 2 * 3 * 3);
}

TEST(Parameters, AreCountedTogether) {
  const std::vector<TensorType> maps{f32({4, 5, 5})};
  EXPECT_EQ(parameterCount(conv2d(8, window(3), 2), maps), 8 * 2 * 3 * 3 + 8);
  EXPECT_EQ(parameterCount(BatchNorm{}, maps), 4 * 4);
  EXPECT_EQ(parameterCount(Softmax{}, maps), 0);
}

} // namespace
} // namespace ninc

// Which part of an op its type rule objects to. What the messages say: TypeRulesTest.cpp.
#include <gtest/gtest.h>
#include <limits>

#include "ir/ops/TypeRules.h"
#include "tests/unit/ir/ops/SmallChains.h"
#include "tests/unit/ir/ops/SmallOps.h"

namespace ninc {
namespace {

using Kind = Part::Kind;

Part objection(const Op &op, const std::vector<TensorType> &operands) {
  auto types = checkTypes(op, operands);
  EXPECT_FALSE(types) << "the rule has no objection";
  return types ? Part{} : types.error().part;
}

// To the op on maps [4, 8, 8].
Part onMaps(const Op &op) {
  return objection(op, {f32({4, 8, 8})});
}

TEST(TypeError, TooManyOrTooFewOperandsAreTheOpsFault) {
  EXPECT_EQ(objection(Softmax{}, {}), Part{});
  EXPECT_EQ(objection(Softmax{}, {f32({3}), f32({3})}), Part{});
  EXPECT_EQ(objection(Binary{}, {f32({3})}), Part{});
  EXPECT_EQ(objection(Concat{}, {}), Part{});
}

TEST(TypeError, AnOperandOfAnotherRankIsItself) {
  EXPECT_EQ(objection(Conv2d{conv(4)}, {f32({10})}), Part::operand(0));
  EXPECT_EQ(objection(GlobalAveragePool{}, {f32({10})}), Part::operand(0));
  EXPECT_EQ(objection(Dense{10, true, {}, {}, {}}, {f32({4, 8, 8})}), Part::operand(0));
}

TEST(TypeError, OfTwoThatDoNotFitTheSecondIsMeant) {
  EXPECT_EQ(objection(Binary{}, {f32({3}), f32({3, 1})}), Part::operand(1));
  EXPECT_EQ(objection(Binary{}, {f32({3, 4}), f32({3, 5})}), Part::operand(1));
}

TEST(TypeError, AChainsStepIsWhatIsWrongWithIt) {
  const PointwiseChain late{{step(Unary{}, {operand(0)}), step(Binary{}, {earlier(0), earlier(1)})}};
  EXPECT_EQ(objection(Pointwise{late}, {f32({3})}), Part::step(1));
  EXPECT_EQ(objection(Pointwise{swish()}, {f32({3}), f32({3})}), Part::operand(1));
  EXPECT_EQ(objection(Pointwise{addAndRelu()}, {f32({3}), f32({4})}), Part::operand(1));
  const Mlpconv stage{{conv(4)}, PointwiseEpilogue{addAndRelu()}};
  EXPECT_EQ(objection(stage, {f32({4, 8, 8}), f32({4, 8, 7})}), Part::operand(1));
  EXPECT_EQ(objection(stage, {f32({4, 8, 8})}), Part::step(0));
  EXPECT_EQ(objection(Mlpconv{{conv(4)}, NoEpilogue{}}, {f32({4, 8, 8}), f32({4, 8, 8})}), Part{});
}

TEST(TypeError, OfManyTheFirstThatDoesNotFitIsMeant) {
  EXPECT_EQ(objection(Concat{0}, {f32({3, 4}), f32({3, 4}), f32({3, 5}), f32({3, 6})}), Part::operand(2));
}

TEST(TypeError, AConcatBecomesTooLargeAtAnOperand) {
  const TensorType large = f32({200'000'000});
  EXPECT_EQ(objection(Concat{0}, {large, large, large, large, large}), Part::operand(2));
}

TEST(TypeError, AWindowThatFindsNoRoomIsTheKernel) {
  EXPECT_EQ(onMaps(Conv2d{conv(4, window(9))}), Part{Kind::kernel});
  EXPECT_EQ(onMaps(MaxPool{window(9), PoolExtent::floor}), Part{Kind::kernel});
}

TEST(TypeError, NumbersOfAWindowAreTheirOwnParts) {
  Window at = window(2);
  at.stride = {1, 0};
  EXPECT_EQ(onMaps(MaxPool{at, PoolExtent::floor}), Part{Kind::stride});
  at = window(2);
  at.dilation = {0, 1};
  EXPECT_EQ(onMaps(MaxPool{at, PoolExtent::floor}), Part{Kind::dilation});
  EXPECT_EQ(onMaps(AveragePool{{{2, 2}, {1, 1}, {2, 2}, {}}, PoolExtent::floor, false}),
            Part{Kind::dilation});
  EXPECT_EQ(onMaps(Conv2d{conv(4, window(3, 1, -1))}), Part{Kind::pad});
}

TEST(TypeError, WindowsThatLieInThePaddingAreThePads) {
  EXPECT_EQ(onMaps(MaxPool{window(2, 1, 2), PoolExtent::floor}), Part{Kind::pad});
}

TEST(TypeError, GroupsThatDoNotDivideAreTheGroups) {
  EXPECT_EQ(onMaps(Conv2d{conv(4, {}, 3)}), Part{Kind::groups});
}

TEST(TypeError, WeightsThatAreTooLargeAreTheCounts) {
  constexpr std::int64_t large = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(onMaps(Conv2d{conv(large)}), Part::count(0));
  EXPECT_EQ(objection(Dense{large, true, {}, {}, {}}, {f32({3})}), Part::count(0));
  EXPECT_EQ(onMaps(Mlpconv{{conv(4), conv(4), conv(large)}, NoEpilogue{}}), Part::count(2));
}

TEST(TypeError, AnEpiloguesWindowIsNotTheFirstLayers) {
  const Part kernel{.kind = Kind::kernel, .ofEpilogue = true}, pad{.kind = Kind::pad, .ofEpilogue = true};
  EXPECT_EQ(onMaps(Mlpconv{{conv(4)}, PoolEpilogue{PoolKind::max, window(9), PoolExtent::floor, false}}),
            kernel);
  EXPECT_EQ(
      onMaps(Mlpconv{{conv(4)}, PoolEpilogue{PoolKind::average, window(2, 1, 2), PoolExtent::floor, false}}),
      pad);
}

TEST(TypeError, NumbersAreNamedAsTheyAreWritten) {
  EXPECT_EQ(onMaps(Dropout{2}), Part::number("ratio"));
  EXPECT_EQ(onMaps(BatchNorm{-1, {}, {}, {}, {}}), Part::number("epsilon"));
  EXPECT_EQ(onMaps(Concat{3}), Part::number("axis"));
  EXPECT_EQ(onMaps(Lrn{0, 1, 1, 1}), Part::number("size"));
  EXPECT_EQ(onMaps(Lrn{5, -1, 1, 1}), Part::number("alpha"));
  EXPECT_EQ(onMaps(Lrn{5, 1, 1, -1}), Part::number("k"));
}

TEST(TypeError, AShapeIsAtFaultWhereItIsWritten) {
  EXPECT_EQ(onMaps(Reshape{{4, 9, 9}}), Part{Kind::shape});
  EXPECT_EQ(objection(Input{f32({1, 2, 3, 4, 5, 1, 1, 1, 1})}, {}), Part{Kind::shape});
  EXPECT_EQ(objection(Constant{{0}, {}}, {}), Part{Kind::shape});
}

TEST(TypeError, BecomesAPlainMessageForThoseWithoutAText) {
  const std::vector<TensorType> maps{f32({4, 8, 8})};
  EXPECT_EQ(inferTypes(Dropout{2}, maps).error().message, checkTypes(Dropout{2}, maps).error().message);
}

} // namespace
} // namespace ninc

// Which choices of an element are right: the largest, and those as large within what they may be off by.
#include "execution/verify/Choices.h"

#include <gtest/gtest.h>
#include <limits>

#include "ir/interpreter/Interpreter.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

struct Judge {
  Graph model = testing::modelOf("model m\nx = input f32[4]\na = relu x\ny = arg_max a : i64[1]\noutput y\n");

  // Of [1, 4, 3, 4 - gap].
  ChoiceComparison of(float chosen, double bound, float gap = 0.5f) const {
    const auto values = evaluateAll(model, {{"x", Tensor{{4}, {1, 4, 3, 4 - gap}}}});
    return compareChoices(model, model.find("y"), Tensor{{1}, {chosen}}, *values, {{"a", bound}});
  }
};

bool agrees(const ChoiceComparison &comparison) {
  return comparison.shortfall <= comparison.bound;
}

TEST(Choices, TheLargestIsRight) {
  const ChoiceComparison right = Judge().of(1, 1e-6);
  EXPECT_TRUE(agrees(right));
  EXPECT_EQ(right.shortfall, 0);
  EXPECT_EQ(right.largest, 4);
}

TEST(Choices, AnotherIsWrongByHowMuchSmallerItIs) {
  EXPECT_FALSE(agrees(Judge().of(3, 1e-6)));
  EXPECT_EQ(Judge().of(3, 1e-6).shortfall, 0.5);
  EXPECT_EQ(Judge().of(2, 1e-6).shortfall, 1);
}

TEST(Choices, AnotherIsRightWhereBothMayBeOffByAsMuch) {
  EXPECT_TRUE(agrees(Judge().of(3, 0.25)));
  EXPECT_FALSE(agrees(Judge().of(3, 0.24)));
  EXPECT_TRUE(agrees(Judge().of(3, 1e-6, 0))) << "as large";
  EXPECT_FALSE(agrees(Judge().of(3, 0, 0))) << "as large, for certain, and not the first";
}

// Of [1, 4, 3, 3.5] the two largest are elements 1 and 3.
ChoiceComparison ofTwo(const std::vector<float> &chosen, double bound) {
  const Graph model = testing::modelOf(
      "model m\nx = input f32[4]\na = relu x\ny, z = top_k a 2 : i64[2], f32[2]\noutput y, z\n");
  const auto values = evaluateAll(model, {{"x", Tensor{{4}, {1, 4, 3, 3.5f}}}});
  return compareChoices(model, model.find("y"), Tensor{{2}, chosen}, *values, {{"a", bound}});
}

TEST(Choices, OfSeveralEachStandsAtItsPlace) {
  EXPECT_TRUE(agrees(ofTwo({1, 3}, 1e-6)));
  EXPECT_EQ(ofTwo({3, 1}, 1e-6).shortfall, 0.5);
  EXPECT_TRUE(agrees(ofTwo({3, 1}, 0.25))) << "within what they may be off by";
  EXPECT_FALSE(agrees(ofTwo({1, 2}, 0.2)));
  EXPECT_FALSE(agrees(ofTwo({1, 1}, 1e30))) << "none stands there twice";
}

TEST(Choices, WhatIsNoElementIsWrongWhateverTheBound) {
  for (float number : {-1.0f, 4.0f, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_FALSE(agrees(Judge().of(number, 1e30))) << number;
}

} // namespace
} // namespace ninc

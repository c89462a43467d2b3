// What the rows of the table promise to those who read them, row by row: so for functions to come as well.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {
namespace {

// From far below 0 to far above, densest where functions bend.
std::vector<double> arguments(double least) {
  std::vector<double> all;
  for (double x = 1e-30; x < 1e30; x *= 1.7)
    all.insert(all.end(), {-x, x});
  for (double x = -12; x < 12; x += 0.0625)
    all.push_back(x);
  std::erase_if(all, [&](double x) { return x < least; });
  std::ranges::sort(all);
  return all;
}

TEST(ElementFunctions, EverySpellingIsAnOpAndSaysWhich) {
  for (const UnaryFunction &row : unaryFunctions()) {
    EXPECT_EQ(opNamed(row.spelling), Op(usual(row.kind))) << row.spelling;
    EXPECT_EQ(spellingOf(Op(usual(row.kind))), row.spelling);
  }
  for (const BinaryFunction &row : binaryFunctions()) {
    EXPECT_EQ(opNamed(row.spelling), Op(Binary{row.kind})) << row.spelling;
    EXPECT_EQ(spellingOf(Op(Binary{row.kind})), row.spelling);
  }
}

TEST(ElementFunctions, SpellingsOfOpsAreDifferent) {
  const std::set<std::string_view> spellings(opSpellings().begin(), opSpellings().end());
  EXPECT_EQ(spellings.size(), opSpellings().size());
  EXPECT_FALSE(spellings.contains(""));
}

TEST(ElementFunctions, OtherWordsAreNoOp) {
  EXPECT_EQ(opNamed(""), std::nullopt);
  EXPECT_EQ(opNamed("none"), std::nullopt);
  EXPECT_EQ(opNamed("Relu"), std::nullopt);
}

TEST(ElementFunctions, OnlyThoseThatCommuteAreTheSameInEitherOrder) {
  const double samples[][2] = {{2, 3}, {-1, 4}, {0.5, -0.25}};
  for (const BinaryFunction &row : binaryFunctions()) {
    bool same = true;
    for (auto [a, b] : samples)
      same = same && row.value(a, b) == row.value(b, a);
    EXPECT_EQ(row.commutes, same) << row.spelling;
  }
}

// On which error bounds rest: between two arguments that aren't on either side of the turn, values lie
// between those at the ends.
TEST(ElementFunctions, AreMonotoneOnEitherSideOfTheirTurn) {
  for (const UnaryFunction &row : unaryFunctions()) {
    if (row.isWave) continue; // which turns again and again
    const std::vector<double> all = arguments(row.least);
    const double turn = row.turn.value_or(-std::numeric_limits<double>::infinity());
    int direction[2] = {0, 0}; // of the two sides
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i - 1] < turn && turn < all[i]) continue;
      const double before = row.value(all[i - 1], usual(row.kind).numbers),
                   behind = row.value(all[i], usual(row.kind).numbers);
      // As far as a double tells.
      if (behind == before || std::abs(behind - before) <= 1e-15 * std::abs(before)) continue;
      int &seen = direction[all[i] > turn];
      const int rising = behind > before ? 1 : -1;
      EXPECT_TRUE(seen == 0 || seen == rising) << row.spelling << " at " << all[i];
      seen = rising;
    }
  }
}

TEST(ElementFunctions, TakeFiniteNumbersOnly) {
  for (const UnaryFunction &row : unaryFunctions()) {
    EXPECT_TRUE(checkNumbers(usual(row.kind))) << row.spelling;
    for (std::size_t i = 0; i < row.count(); ++i) {
      Unary function = usual(row.kind);
      function.numbers[i] = std::numeric_limits<float>::quiet_NaN();
      const Result<void> checked = checkNumbers(function);
      ASSERT_FALSE(checked) << row.spelling;
      EXPECT_THAT(checked.error().message, ::testing::HasSubstr("must be a finite number"));
    }
  }
}

TEST(ElementFunctions, ClipNeedsItsMinBelowItsMax) {
  EXPECT_TRUE(checkNumbers(Unary{UnaryKind::clip, {1, 1}}));
  const Result<void> checked = checkNumbers(Unary{UnaryKind::clip, {3, 1}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "clip min 3 is above its max 1");
}

TEST(ElementFunctions, AreToldApartWhateverTheirNumbers) {
  const Op leaky = Unary{UnaryKind::leakyRelu, {0.5f}};
  EXPECT_TRUE(is(leaky, UnaryKind::leakyRelu));
  EXPECT_FALSE(is(leaky, UnaryKind::relu));
  EXPECT_FALSE(is(leaky, BinaryKind::add));
  EXPECT_NE(leaky, Op(usual(UnaryKind::leakyRelu)));
}

TEST(ElementFunctions, AnActivationIsOneOfThemOrNone) {
  EXPECT_EQ(spellingOf(Activation{}), "none");
  EXPECT_EQ(spellingOf(Activation{Unary{UnaryKind::tanh}}), "tanh");
}

} // namespace
} // namespace ninc

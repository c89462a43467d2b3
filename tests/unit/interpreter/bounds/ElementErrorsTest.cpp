// Error bounds of functions of elements: whatever the argument is in truth, within its error, the value lies
// within the bound; for every row of the table.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "ir/interpreter/bounds/ElementErrors.h"
#include "ir/interpreter/bounds/UnitRoundoff.h"

namespace ninc {
namespace {

const std::vector<double> values{-90, -7, -2.5, -1.5, -1, -0.75, -1e-3, 0, 1e-20, 0.01, 0.5, 1, 2, 3, 12, 80};
const std::vector<double> errors{0, 1e-7, 1e-3, 0.3, 2, 30};

// The arguments that may be meant: eleven between value - error and value + error.
std::vector<double> within(double value, double error, double least) {
  std::vector<double> all;
  for (int i = -5; i <= 5; ++i)
    if (const double at = value + error * i / 5; at >= least) all.push_back(at);
  return all;
}

TEST(ElementErrors, CoverEveryArgumentWithinItsError) {
  for (const UnaryFunction &row : unaryFunctions()) {
    const Unary function = usual(row.kind);
    for (double x : values)
      for (double error : errors) {
        if (x < row.least || !std::isfinite(valueOf(function, x))) continue;
        const double bound = errorOf(function, x, error);
        EXPECT_FALSE(std::isnan(bound)) << row.spelling;
        for (double at : within(x, error, row.least))
          EXPECT_LE(std::abs(valueOf(function, at) - valueOf(function, x)), bound * (1 + 1e-12))
              << row.spelling << " of " << x << ", in truth " << at;
      }
  }
}

TEST(ElementErrors, CoverEveryPairOfOperandsWithinTheirErrors) {
  for (const BinaryFunction &row : binaryFunctions()) {
    const Binary function{row.kind};
    for (double a : values)
      for (double b : values)
        for (double da : errors)
          for (double db : errors) {
            const double y = valueOf(function, a, b);
            if (!std::isfinite(y)) continue;
            const double bound = errorOf(function, a, b, da, db) * (1 + 1e-12) + 1e-11;
            if (std::isinf(bound)) continue; // a divisor that may be 0
            for (double atA : within(a, da, -1e30))
              for (double atB : within(b, db, -1e30))
                if (const double moved = std::abs(valueOf(function, atA, atB) - y); !(moved <= bound))
                  ADD_FAILURE() << row.spelling << " of " << a << " and " << b << ", in truth " << atA
                                << " and " << atB << ": " << moved << " > " << bound;
          }
  }
}

// Most are near the largest difference that there is, so a wrong kernel doesn't hide.
TEST(ElementErrors, AreNotFarAway) {
  for (const UnaryFunction &row : unaryFunctions()) {
    const Unary function = usual(row.kind);
    for (double x : values)
      for (double error : {0.3, 2.0}) {
        if (x < row.least || !std::isfinite(valueOf(function, x))) continue;
        double furthest = 0;
        for (double at : within(x, error, row.least))
          furthest = std::max(furthest, std::abs(valueOf(function, at) - valueOf(function, x)));
        const double bound = errorOf(function, x, error) - errorOf(function, x, 0);
        if (std::isinf(bound)) continue;
        EXPECT_LE(bound, 1.5 * furthest + 1e-12) << row.spelling << " of " << x;
      }
  }
}

TEST(ElementErrors, OfReluVanishWhereTheSumIsCertainlyNegative) {
  EXPECT_EQ(errorOf(Unary{UnaryKind::relu}, -1, 0.5), 0);
  EXPECT_EQ(errorOf(Unary{UnaryKind::relu}, -0.25, 0.5), 0.25);
  EXPECT_EQ(errorOf(Unary{UnaryKind::relu}, 3, 0.5), 0.5);
}

TEST(ElementErrors, OfASaturatedSigmoidDontGrowWithTheArgumentsError) {
  EXPECT_LT(errorOf(Unary{UnaryKind::sigmoid}, 80, 30), 2e-5);
  // Where a slope at 80 would say that nothing can happen.
  EXPECT_GT(errorOf(Unary{UnaryKind::sigmoid}, 80, 79), 0.25);
}

TEST(ElementErrors, OfSumsAndProducts) {
  EXPECT_NEAR(errorOf(Binary{BinaryKind::add}, 3, -1, 0.5, 0.25), 0.75, 1e-6);
  // Between 2.5 * -1.25 and 3.5 * -0.75, where 3 * -1 is right.
  EXPECT_NEAR(errorOf(Binary{BinaryKind::mul}, 3, -1, 0.5, 0.25), 3.5 * 1.25 - 3, 1e-6);
}

TEST(ElementErrors, AllowForArgumentsBelowTheNormalNumbersToBeReadAsZero) {
  EXPECT_EQ(errorOf(Unary{UnaryKind::relu}, 1e-40, 0), 1e-40);
  EXPECT_GE(errorOf(Binary{BinaryKind::mul}, 1e-40, 1e30, 0, 0), 1e-10);
}

TEST(ElementErrors, AreInfiniteWhereAPoleIsWithinReach) {
  EXPECT_TRUE(std::isfinite(errorOf(Unary{UnaryKind::log}, 0.5, 0.49)));
  EXPECT_TRUE(std::isinf(errorOf(Unary{UnaryKind::log}, 0.5, 0.5)));
  EXPECT_TRUE(std::isfinite(errorOf(Binary{BinaryKind::div}, 1, -0.5, 0, 0.49)));
  EXPECT_TRUE(std::isinf(errorOf(Binary{BinaryKind::div}, 1, -0.5, 0, 0.5)));
}

// The slope at 0 is infinite, and yet nothing is further away than the root of the error.
TEST(ElementErrors, OfRootsNearZeroAreRootsOfTheError) {
  EXPECT_NEAR(errorOf(Unary{UnaryKind::sqrt}, 0, 1e-6), 1e-3, 1e-9);
  EXPECT_NEAR(errorOf(Unary{UnaryKind::sqrt}, 1e-8, 1e-6), std::sqrt(1.01e-6) - 1e-4, 1e-9);
}

TEST(ElementErrors, OfQuotients) {
  // From 0.5 / 2.5 to 1.5 / 1.5, where 1 / 2 is right.
  EXPECT_NEAR(errorOf(Binary{BinaryKind::div}, 1, 2, 0.5, 0.5), 0.5, 1e-6);
}

// Right or wrong: nothing between.
TEST(ElementErrors, OfTruthsAreWholeWhereTheyMayTurn) {
  for (const BinaryKind kind : {BinaryKind::less, BinaryKind::equal}) {
    EXPECT_EQ(errorOf(Binary{kind}, 1, 2, 0, 0), 0);
    EXPECT_EQ(errorOf(Binary{kind}, 2, 2, 0, 0), 0);
    EXPECT_EQ(errorOf(Binary{kind}, 1, 2, 0.5, 0.25), 0);
    EXPECT_EQ(errorOf(Binary{kind}, 1, 2, 0.5, 0.5), 1);
  }
  EXPECT_EQ(errorOf(Binary{BinaryKind::mask}, 1, 3, 0.5, 0.25), 0.25);
  EXPECT_EQ(errorOf(Binary{BinaryKind::mask}, 1, 3, 1, 0.25), 3.25);
  EXPECT_EQ(errorOf(Binary{BinaryKind::mask}, 0, 3, 0, 0.25), 0);
}

TEST(ElementErrors, AreFiniteNumbersOfF32) {
  constexpr float most = std::numeric_limits<float>::max();
  const Tensor x{{2}, {most, 1}}, e{{2}, {most, 0}};
  EXPECT_EQ(elementErrors(Unary{UnaryKind::relu}, x, e).data[0], most);
  EXPECT_EQ(elementErrors(Binary{BinaryKind::mul}, x, e, x, e).data[0], most);
}

TEST(ElementErrors, StretchAsTheirValuesDo) {
  const Tensor column{{2, 1}, {1, 2}}, columnErrors{{2, 1}, {0.5f, 0}}, row{{1, 2}, {10, 20}},
      rowErrors{{1, 2}, {0, 0.25f}};
  const Tensor errorsOfSum = elementErrors(Binary{BinaryKind::add}, column, columnErrors, row, rowErrors);
  EXPECT_EQ(errorsOfSum.shape, (Shape{2, 2}));
  const std::vector<float> expected{0.5f, 0.75f, 0, 0.25f};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(errorsOfSum.data[i], expected[i], 1e-5);
}

} // namespace
} // namespace ninc

// The order of a race's runs, and how outputs are compared: what CPUs and devices have in common.
#include "tuner/runner/protocol.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace ninc {
namespace {

std::vector<std::int32_t> order(std::int32_t round, std::int32_t n) {
  std::vector<std::int32_t> candidates;
  for (std::int32_t i = 0; i < n; ++i)
    candidates.push_back(candidate_in_round(round, i, n));
  return candidates;
}

TEST(Rounds, BeginWithEachInTurnForwardsAndThenBackwards) {
  using Order = std::vector<std::int32_t>;
  EXPECT_EQ(order(0, 3), (Order{0, 1, 2}));
  EXPECT_EQ(order(1, 3), (Order{1, 2, 0}));
  EXPECT_EQ(order(2, 3), (Order{2, 0, 1}));
  EXPECT_EQ(order(3, 3), (Order{0, 2, 1}));
  EXPECT_EQ(order(4, 3), (Order{1, 0, 2}));
  EXPECT_EQ(order(5, 3), (Order{2, 1, 0}));
  EXPECT_EQ(order(6, 3), (Order{0, 1, 2}));
}

TEST(Rounds, GiveUpOnWhoTakesMoreThanSoManyTimesTheFirst) {
  EXPECT_FALSE(is_hopeless(140, 100, 1.4));
  EXPECT_TRUE(is_hopeless(141, 100, 1.4));
}

TEST(Deviation, IsTheLargestWithItsPlace) {
  const std::array<float, 3> values = {1, 2.5F, -4}, expected = {1, 2, -3};
  const deviation off = deviation_of(values.data(), expected.data(), values.size());
  EXPECT_EQ(off.largest, 1);
  EXPECT_EQ(off.element, 2U);
}

TEST(Deviation, IsInfiniteWhereANumberIsNoneAndNothingWhereNoneIsExpected) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const auto off = [](float value, float expected) { return deviation_of(&value, &expected, 1).largest; };
  EXPECT_EQ(off(nan, 1), inf);
  EXPECT_EQ(off(1, nan), inf);
  EXPECT_EQ(off(inf, 1), inf);
  EXPECT_EQ(off(inf, -inf), inf);
  EXPECT_EQ(off(nan, nan), 0);
  EXPECT_EQ(off(inf, inf), 0);
  EXPECT_EQ(off(std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()),
            2.0 * std::numeric_limits<float>::max());
}

TEST(Deviation, IsSaidWithItsBound) {
  std::array<char, 256> words{};
  describe_deviation(words.data(), words.size(), 1, {0.5, 7}, 0.25, 2.5F, 2);
  EXPECT_EQ(std::string(words.data()),
            "output 1 is off by 0.5, its bound is 0.25: element 7 is 2.5 instead of 2");
}

} // namespace
} // namespace ninc

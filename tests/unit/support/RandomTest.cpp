#include "support/Random.h"

#include <cmath>
#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(Random, GivesTheSequenceOfSplitMix64) {
  // The first outputs of the authors' splitmix64.c for the seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, NormalQuantileAgreesWithTables) {
  EXPECT_EQ(normalQuantile(0.5), 0);
  EXPECT_NEAR(normalQuantile(0.975), 1.9599639845400542, 1e-14);
  EXPECT_NEAR(normalQuantile(0.925), 1.4395314709384572, 1e-14);
  EXPECT_NEAR(normalQuantile(0.001), -3.090232306167813, 1e-14);
  EXPECT_NEAR(normalQuantile(0.9999999), 5.199337582290662, 1e-12);
  EXPECT_NEAR(normalQuantile(1e-15), -7.941345326170998, 1e-14);
}

TEST(Random, UniformNumbersFillTheirRangeEvenly) {
  Random random(1);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100000; ++i) {
    double number = random.uniform(-2, 4);
    ASSERT_GE(number, -2);
    ASSERT_LT(number, 4);
    sum += number;
    squares += number * number;
  }
  EXPECT_NEAR(sum / 1e5, 1, 0.02);
  EXPECT_NEAR(squares / 1e5 - std::pow(sum / 1e5, 2), 3, 0.03); // (4 - -2)^2 / 12
}

TEST(Random, NormalNumbersHaveTheMomentsOfTheDistribution) {
  Random random(2);
  double moments[5] = {};
  for (int i = 0; i < 100000; ++i) {
    double number = random.normal();
    for (int power = 1; power <= 4; ++power)
      moments[power] += std::pow(number, power) / 1e5;
  }
  EXPECT_NEAR(moments[1], 0, 0.015);
  EXPECT_NEAR(moments[2], 1, 0.02);
  EXPECT_NEAR(moments[3], 0, 0.05);
  EXPECT_NEAR(moments[4], 3, 0.15);
}

TEST(Random, BelowReachesEveryNumberAndNoOther) {
  Random random(3);
  int seen[7] = {};
  for (int i = 0; i < 7000; ++i)
    ++seen[random.below(7)];
  for (int count : seen)
    EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, BelowIsTheHighHalfOfTheProduct) {
  Random random(4), same(4);
  for (int i = 0; i < 1000; ++i) {
    std::uint64_t bound = (std::uint64_t{1} << 40) + 12345 + static_cast<std::uint64_t>(i);
    __extension__ using Wide = unsigned __int128;
    EXPECT_EQ(random.below(bound), static_cast<std::uint64_t>(static_cast<Wide>(same.next()) * bound >> 64));
  }
}

} // namespace
} // namespace ninc

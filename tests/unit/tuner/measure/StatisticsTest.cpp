#include "tuner/measure/Statistics.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "support/Random.h"

namespace ninc {
namespace {

using Times = std::vector<double>;

TEST(TimingStatistics, AreZeroWithoutTimes) {
  const TimingStatistics none = statisticsOf({});
  EXPECT_EQ(none.least, 0);
  EXPECT_EQ(none.median, 0);
  EXPECT_EQ(none.spread, 0);
  EXPECT_EQ(none.rounds, 0);
}

TEST(TimingStatistics, OfAnOddNumberHaveTheMiddleAsMedian) {
  const TimingStatistics statistics = statisticsOf(Times{5, 2, 3});
  EXPECT_EQ(statistics.least, 2);
  EXPECT_EQ(statistics.median, 3);
  EXPECT_EQ(statistics.spread, 0.5);
  EXPECT_EQ(statistics.rounds, 3);
}

TEST(TimingStatistics, OfAnEvenNumberHaveTheMeanOfBothMiddles) {
  EXPECT_EQ(statisticsOf(Times{9, 1, 2, 4}).median, 3);
  EXPECT_EQ(statisticsOf(Times{9, 1, 2, 4}).spread, 2);
  EXPECT_EQ(statisticsOf(Times{7, 5}).median, 6);
}

TEST(TimingStatistics, OfOneTimeHaveNoSpread) {
  const TimingStatistics one = statisticsOf(Times{0.25});
  EXPECT_EQ(one.least, 0.25);
  EXPECT_EQ(one.median, 0.25);
  EXPECT_EQ(one.spread, 0);
}

TEST(TimingStatistics, HaveNoSpreadAboveNothing) {
  EXPECT_EQ(statisticsOf(Times{0, 1, 1}).spread, 0);
}

TEST(Compare, KnowsNothingWithoutRoundsOrTimes) {
  for (const Comparison &unknown :
       {compare({}, {}), compare(Times{1}, {}), compare(Times{1, 1}, Times{0, 1})}) {
    EXPECT_EQ(unknown.ratio, 1);
    EXPECT_EQ(unknown.confidence, 0);
    EXPECT_FALSE(unknown.faster);
  }
}

TEST(Compare, TakesSevenWinsOfSevenForASureOne) {
  const Comparison six = compare(Times(6, 2.0), Times(6, 1.0));
  EXPECT_EQ(six.ratio, 2);
  EXPECT_DOUBLE_EQ(six.confidence, 1 - 1 / 64.0);
  EXPECT_FALSE(six.faster);
  const Comparison seven = compare(Times(7, 2.0), Times(7, 1.0));
  EXPECT_DOUBLE_EQ(seven.confidence, 1 - 1 / 128.0);
  EXPECT_TRUE(seven.faster);
}

TEST(Compare, CountsWinsAgainstLosses) {
  // 8 of 10: (45 + 10 + 1) / 1024 by chance.
  const Times incumbent(10, 2.0);
  const Comparison comparison = compare(incumbent, Times{1, 1, 1, 1, 3, 1, 1, 3, 1, 1});
  EXPECT_NEAR(comparison.confidence, 1 - 56 / 1024.0, 1e-14);
  EXPECT_FALSE(comparison.faster);
}

TEST(Compare, DropsTies) {
  const Comparison comparison = compare(Times(10, 2.0), Times{2, 1, 1, 2, 1, 1, 1, 2, 1, 1});
  EXPECT_NEAR(comparison.confidence, 1 - 1 / 128.0, 1e-14);
  EXPECT_TRUE(comparison.faster);
  EXPECT_EQ(compare(Times(10, 2.0), Times(10, 2.0)).confidence, 0);
}

TEST(Compare, LeavesOutRoundsWithoutPartner) {
  const Comparison comparison = compare(Times{2, 2, 0.5}, Times{1, 4});
  EXPECT_EQ(comparison.ratio, 2);
  EXPECT_EQ(comparison.confidence, 0.25); // one win of two: 3 of 4 tosses do as well
}

TEST(Compare, WantsAGainOfHalfAPercent) {
  EXPECT_FALSE(compare(Times(60, 1.0), Times(60, 0.996)).faster);
  EXPECT_TRUE(compare(Times(60, 1.0), Times(60, 0.9949)).faster);
}

TEST(Compare, IsNotFooledByOneLuckyRound) {
  Times challenger(60, 1.01);
  challenger[17] = 0.5;
  const Comparison comparison = compare(Times(60, 1.0), challenger);
  EXPECT_EQ(comparison.ratio, 2);
  EXPECT_FALSE(comparison.faster);
}

TEST(Compare, NeverCallsASlowerOneFaster) {
  const Comparison comparison = compare(Times(60, 1.0), Times(60, 1.1));
  EXPECT_LT(comparison.ratio, 1);
  EXPECT_EQ(comparison.confidence, 0);
  EXPECT_FALSE(comparison.faster);
}

double exponential(Random &random, double mean) {
  return -mean * std::log(1 - random.uniform());
}

// Of 500 simulated comparisons, those that call the challenger faster. Noise only adds: to both of a round
// (10 % on average), and to each by itself (2 %).
int calledFaster(double challengerSeconds, std::uint64_t seed) {
  Random random(seed);
  int count = 0;
  for (int comparison = 0; comparison < 500; ++comparison) {
    Times incumbent, challenger;
    for (int round = 0; round < 60; ++round) {
      const double shared = exponential(random, 0.1);
      incumbent.push_back(1 + shared + exponential(random, 0.02));
      challenger.push_back(challengerSeconds + shared + exponential(random, 0.02));
    }
    count += compare(incumbent, challenger).faster;
  }
  return count;
}

TEST(Compare, SeldomSeesADifferenceBetweenEquals) {
  EXPECT_LE(calledFaster(1, 1), 10);
  EXPECT_LE(calledFaster(1, 2), 10);
}

TEST(Compare, FindsThreePercentInNoise) {
  EXPECT_GE(calledFaster(0.97, 3), 495);
  EXPECT_EQ(calledFaster(1.03, 4), 0);
}

TEST(RankCorrelation, OfValuesWithoutTies) {
  // Ranks 6 4 1 5 3 7 2 10 9 8... against hours of television: the squares of their differences add up to
  // 194, so 1 - 6 * 194 / (10 * 99).
  const std::vector<double> quotient{106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
  const std::vector<double> hours{7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
  ASSERT_TRUE(rankCorrelation(quotient, hours));
  EXPECT_NEAR(*rankCorrelation(quotient, hours), -29 / 165.0, 1e-12);
}

TEST(RankCorrelation, GivesEqualValuesTheMeanOfTheirRanks) {
  // Ranks 1 2.5 2.5 4 5 and 1 2 3.5 3.5 5, less 3: their products add up to 8.75, the squares of each to 9.5.
  const auto correlation = rankCorrelation(Times{1, 2, 2, 3, 4}, Times{10, 20, 30, 30, 50});
  ASSERT_TRUE(correlation);
  EXPECT_NEAR(*correlation, 8.75 / 9.5, 1e-12);
}

TEST(RankCorrelation, SeesOnlyTheOrder) {
  const Times a{3, 1, 4, 2, 5, 9};
  Times grown(a.size()), shrunk(a.size());
  std::transform(a.begin(), a.end(), grown.begin(), [](double x) { return std::exp(x); });
  std::transform(a.begin(), a.end(), shrunk.begin(), [](double x) { return 1 / x; });
  EXPECT_NEAR(rankCorrelation(a, grown).value_or(0), 1, 1e-12);
  EXPECT_NEAR(rankCorrelation(a, shrunk).value_or(0), -1, 1e-12);
}

TEST(RankCorrelation, NeedsFivePairs) {
  EXPECT_EQ(rankCorrelation({}, {}), std::nullopt);
  EXPECT_EQ(rankCorrelation(Times{1, 2, 3, 4}, Times{1, 2, 3, 4}), std::nullopt);
  EXPECT_EQ(rankCorrelation(Times{1, 2, 3, 4, 5}, Times{1, 2, 3, 4}), std::nullopt);
  EXPECT_NE(rankCorrelation(Times{1, 2, 3, 4, 5}, Times{1, 2, 3, 4, 5}), std::nullopt);
}

TEST(RankCorrelation, HasNoneWhereOneSideIsConstant) {
  EXPECT_EQ(rankCorrelation(Times(5, 1.0), Times{1, 2, 3, 4, 5}), std::nullopt);
  EXPECT_EQ(rankCorrelation(Times{1, 2, 3, 4, 5}, Times(5, 1.0)), std::nullopt);
  EXPECT_EQ(rankCorrelation(Times(5, 1.0), Times(5, 1.0)), std::nullopt);
}

} // namespace
} // namespace ninc

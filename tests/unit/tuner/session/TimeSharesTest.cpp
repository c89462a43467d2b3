// Hand-computed shares.
#include "tuner/session/TimeShares.h"

#include <gmock/gmock.h>

namespace ninc {
namespace {

using ::testing::ElementsAre;

TEST(SearchSeconds, AreAnEqualPartForEachKernelToComeLessItsLastComparison) {
  EXPECT_DOUBLE_EQ(searchSeconds(100, 8, 10).value(), 80 - 16);
  EXPECT_DOUBLE_EQ(searchSeconds(20, 2, 2).value(), 20 - 4);
}

TEST(SearchSeconds, LeaveAtMostAQuarterForLastComparisons) {
  EXPECT_DOUBLE_EQ(searchSeconds(4, 2, 2).value(), 3);
}

TEST(SearchSeconds, AreNoneWhenTheBudgetIsSpentAndUnlimitedWithoutOne) {
  EXPECT_DOUBLE_EQ(searchSeconds(-1, 1, 1).value(), 0);
  EXPECT_FALSE(searchSeconds(std::nullopt, 1, 1));
}

TEST(Urgency, PutsThoseFirstThatHaveHadLeastOfTheirShare) {
  // 3 s of 1, 2 s of 2, 2 s of 4: 3, 1, 0.5.
  const std::vector<KernelEffort> kernels = {{3, 1}, {2, 2}, {2, 4}};
  EXPECT_THAT(byUrgency(kernels), ElementsAre(2, 1, 0));
}

TEST(Urgency, GivesSmallKernelsATenthOfTheLargestOnesShare) {
  // Of 10, 1 (for its own 0.001) and 1 (not measured yet): 0.2, 1, 0.
  const std::vector<KernelEffort> kernels = {{2, 10}, {1, 0.001}, {0, 0}};
  EXPECT_THAT(byUrgency(kernels), ElementsAre(2, 0, 1));
}

TEST(Urgency, KeepsTheOrderWhereNothingIsKnown) {
  const std::vector<KernelEffort> kernels = {{5, 0}, {0, 0}, {1, 0}};
  EXPECT_THAT(byUrgency(kernels), ElementsAre(0, 1, 2));
}

} // namespace
} // namespace ninc

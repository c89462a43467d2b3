// How much is done, and how long the rest will take. Hand-computed.
#include "tuner/session/TuningProgress.h"

#include <array>
#include <gtest/gtest.h>

namespace ninc {
namespace {

TuningProgress estimate(const SessionState &session, std::span<const CandidateCounts> group) {
  TuningProgress progress;
  estimateRest(progress, session, group);
  return progress;
}

constexpr std::array<CandidateCounts, 2> halfDone = {
    {{15, 30, 10}, {5, 10, 0}}}; // 10 of 30, without what was before

TEST(TuningProgress, GoesByTheClockWhereThereIsABudget) {
  const TuningProgress progress = estimate({15, 60, 10, 0}, halfDone);
  EXPECT_DOUBLE_EQ(progress.fraction, 0.25);
  EXPECT_DOUBLE_EQ(progress.remainingSeconds.value(), 45);
}

TEST(TuningProgress, IsAtItsEndWhenTheBudgetIs) {
  const TuningProgress progress = estimate({70, 60, 10, 0}, halfDone);
  EXPECT_DOUBLE_EQ(progress.fraction, 1);
  EXPECT_DOUBLE_EQ(progress.remainingSeconds.value(), 0);
}

TEST(TuningProgress, GoesByCandidatesOfThisSessionWithoutABudget) {
  // Eight kernels are done, and a third of two; of sixteen.
  const TuningProgress progress = estimate({52, std::nullopt, 16, 8}, halfDone);
  EXPECT_DOUBLE_EQ(progress.fraction, (8 + 2.0 / 3) / 16);
  EXPECT_NEAR(progress.remainingSeconds.value(), 44, 1e-9); // 52 s were 13/24 of it
}

TEST(TuningProgress, SaysNothingOfTheRestBeforeAnythingIsMeasured) {
  constexpr std::array<CandidateCounts, 1> fresh = {{{0, 30, 0}}};
  const TuningProgress progress = estimate({5, std::nullopt, 1, 0}, fresh);
  EXPECT_EQ(progress.fraction, 0);
  EXPECT_FALSE(progress.remainingSeconds);
}

} // namespace
} // namespace ninc

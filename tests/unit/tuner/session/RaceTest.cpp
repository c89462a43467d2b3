// Who wins a race, and who is to blame where it ends early. Nothing is compiled, and no clock runs.
#include "tuner/session/Race.h"

#include <gmock/gmock.h>

#include "tests/unit/tuner/session/ScriptedRunner.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using testing::ScriptedRunner;
using testing::withoutCode;

// Schedules of which nothing is asked but that they differ.
Schedule scheduleOf(int vector) {
  return {LoopSchedule{vector}};
}

class Racing : public ::testing::Test {
protected:
  // The default takes 10 ms.
  void SetUp() override {
    runner_.takes({10e-3});
    ASSERT_TRUE(race_.measureDefault(runner_, options_));
  }

  RaceResult challenge(int vector) {
    return race_.challenge(withoutCode(scheduleOf(vector)), runner_, options_).value();
  }
  // A challenger that becomes the best so far.
  void letWin(int vector, double seconds) {
    std::vector<double> times = {10e-3, seconds};
    if (race_.hasIncumbent()) times.insert(times.begin() + 1, 10e-3 / race_.bestSpeedup());
    runner_.takes(times);
    runner_.takes(times);
    EXPECT_EQ(challenge(vector).outcome, Outcome::ok);
    EXPECT_NEAR(race_.bestSpeedup(), 10e-3 / seconds, 1e-9);
  }
  const RunnerJob &lastJob() const { return runner_.jobs().back(); }

  ScriptedRunner runner_;
  MeasuringOptions options_{2, {4, 5}, 1000};
  Race race_{"kernel", StoredWorkload{}, withoutCode(scheduleOf(1))};
};

TEST_F(Racing, TheDefaultIsMeasuredAlone) {
  ASSERT_EQ(runner_.jobs().size(), 1U);
  EXPECT_EQ(lastJob().candidates.size(), 1U);
  EXPECT_FALSE(lastJob().giveUp);
  EXPECT_DOUBLE_EQ(race_.defaultSeconds(), 10e-3);
  EXPECT_FALSE(race_.hasIncumbent());
  EXPECT_EQ(race_.bestSpeedup(), 1);
}

TEST_F(Racing, AJobSaysWhereAndHowLong) {
  EXPECT_EQ(lastJob().label, "kernel");
  EXPECT_EQ(lastJob().threads, 2);
  EXPECT_EQ(lastJob().cpus, (std::vector{4, 5}));
  EXPECT_EQ(lastJob().evictBytes, 1000);
  EXPECT_EQ(lastJob().limitSeconds, 180) << "nothing was known of the kernel";
  runner_.takes({10e-3, 20e-3});
  challenge(2);
  EXPECT_EQ(lastJob().limitSeconds, 20) << "some hundred calls, but not less";
}

TEST_F(Racing, ASlowerChallengerHasOneRunThatMayEndEarly) {
  runner_.takes({10e-3, 20e-3});
  const RaceResult result = challenge(2);
  EXPECT_EQ(result.outcome, Outcome::ok);
  EXPECT_DOUBLE_EQ(result.times.least, 20e-3);
  EXPECT_EQ(result.times.rounds, 20);
  EXPECT_DOUBLE_EQ(result.defaultSeconds, 10e-3);
  EXPECT_TRUE(lastJob().giveUp);
  EXPECT_FALSE(race_.hasIncumbent());
  EXPECT_TRUE(runner_.isAtItsEnd());
}

TEST_F(Racing, WhoLooksFasterMustWinASecondLongerRun) {
  runner_.takes({10e-3, 8e-3});
  runner_.takes({10e-3, 5e-3});
  const RaceResult result = challenge(2);
  EXPECT_DOUBLE_EQ(result.times.least, 5e-3) << "the second run counts";
  EXPECT_TRUE(race_.hasIncumbent());
  EXPECT_DOUBLE_EQ(race_.bestSpeedup(), 2);
  EXPECT_FALSE(lastJob().giveUp);
  EXPECT_GT(lastJob().seconds, runner_.jobs()[1].seconds);
}

TEST_F(Racing, WhoWasLuckyOnceDoesNotWin) {
  runner_.takes({10e-3, 8e-3});
  runner_.takes({10e-3, 10e-3});
  challenge(2);
  EXPECT_FALSE(race_.hasIncumbent());
  EXPECT_EQ(race_.bestSpeedup(), 1);
}

TEST_F(Racing, LaterChallengersRaceTheBestSoFarToo) {
  letWin(2, 8e-3);
  runner_.takes({10e-3, 8e-3, 9e-3}); // faster than the default, but not than the best
  challenge(3);
  EXPECT_EQ(lastJob().candidates.size(), 3U);
  EXPECT_DOUBLE_EQ(race_.bestSpeedup(), 1.25);
  letWin(4, 5e-3);
  EXPECT_TRUE(runner_.isAtItsEnd());
}

TEST_F(Racing, AFailureIsTheChallengersIfItWasItsTurn) {
  runner_.fails(Outcome::crashed, 1, "signal 11");
  const RaceResult result = challenge(2);
  EXPECT_EQ(result.outcome, Outcome::crashed);
  EXPECT_TRUE(result.atFault);
  EXPECT_EQ(result.detail, "signal 11");
}

TEST_F(Racing, AFailureOfTheDefaultOrOfNobodyIsNotTheChallengers) {
  for (const int candidate : {0, -1}) {
    runner_.fails(Outcome::hung, candidate);
    EXPECT_FALSE(challenge(2).atFault);
  }
}

TEST_F(Racing, ABestSoFarThatFailsLosesItsPlaceAndTheChallengerRunsAgain) {
  letWin(2, 8e-3);
  runner_.fails(Outcome::wrong, 1);
  runner_.takes({10e-3, 20e-3});
  const RaceResult result = challenge(3);
  EXPECT_EQ(result.outcome, Outcome::ok);
  EXPECT_EQ(lastJob().candidates.size(), 2U);
  EXPECT_FALSE(race_.hasIncumbent());
  EXPECT_EQ(race_.bestSpeedup(), 1);
}

TEST_F(Racing, AFailureInTheSecondRunCountsIfItIsTheChallengers) {
  runner_.takes({10e-3, 8e-3});
  runner_.fails(Outcome::wrong, 1, "off");
  EXPECT_EQ(challenge(2).outcome, Outcome::wrong);
  runner_.takes({10e-3, 8e-3});
  runner_.fails(Outcome::crashed, 0);
  const RaceResult first = challenge(3);
  EXPECT_EQ(first.outcome, Outcome::ok);
  EXPECT_DOUBLE_EQ(first.times.least, 8e-3);
  EXPECT_FALSE(race_.hasIncumbent()) << "nothing has confirmed it";
}

TEST_F(Racing, ADisturbedRunIsRepeatedAndTheCalmestCounts) {
  runner_.takes({15e-3, 40e-3});
  runner_.takes({12e-3, 30e-3});
  runner_.takes({13e-3, 35e-3}); // and no more than twice
  EXPECT_DOUBLE_EQ(challenge(2).times.least, 30e-3);
  EXPECT_TRUE(runner_.isAtItsEnd());
}

TEST_F(Racing, WhatTheSystemRefusesIsAnError) {
  runner_.breaks("no process");
  EXPECT_EQ(race_.challenge(withoutCode(scheduleOf(2)), runner_, options_).error().message, "no process");
}

TEST_F(Racing, WithoutABestTheDefaultStaysAndNothingRuns) {
  const Decision decision = race_.decide(runner_, options_).value();
  EXPECT_FALSE(decision.tuned);
  EXPECT_EQ(decision.speedup, 1);
  EXPECT_DOUBLE_EQ(decision.defaultSeconds, 10e-3);
  EXPECT_DOUBLE_EQ(decision.tunedSeconds, 10e-3);
  EXPECT_EQ(decision.remark, "");
}

TEST_F(Racing, TheLastComparisonDecides) {
  letWin(2, 5e-3);
  runner_.takes({10e-3, 8e-3});
  const Decision decision = race_.decide(runner_, options_).value();
  EXPECT_EQ(decision.tuned, scheduleOf(2));
  EXPECT_DOUBLE_EQ(decision.speedup, 1.25);
  EXPECT_DOUBLE_EQ(decision.defaultSeconds, 10e-3);
  EXPECT_DOUBLE_EQ(decision.tunedSeconds, 8e-3);
}

TEST_F(Racing, WhoFailsOrIsNoFasterInTheLastComparisonLeavesTheDefaultAndARemark) {
  letWin(2, 5e-3);
  runner_.takes({10e-3, 10e-3});
  Decision decision = race_.decide(runner_, options_).value();
  EXPECT_FALSE(decision.tuned);
  EXPECT_THAT(decision.remark, HasSubstr("was no faster in the last comparison"));
  runner_.fails(Outcome::crashed, 1);
  decision = race_.decide(runner_, options_).value();
  EXPECT_FALSE(decision.tuned);
  EXPECT_THAT(decision.remark, HasSubstr("failed in the last comparison: crashed"));
}

} // namespace
} // namespace ninc

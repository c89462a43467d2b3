// What becomes of results: records, a summary, and what the search knows.
#include "tuner/session/KernelTuning.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using testing::poolSpec;

class TuningOfAPool : public ::testing::Test {
protected:
  // A schedule that isn't the default.
  Schedule other() const { return rankedSchedules(spec_, Exactness::fast, 1, 3).back().schedule; }

  static RaceResult took(double seconds) { return {Outcome::ok, true, "", {seconds, seconds, 0, 20}, 10e-3}; }

  const KernelSpec spec_ = poolSpec();
  const RecordKey key_ = keyFor(spec_, Exactness::fast, 1, "this");
  KernelTuning tuning_{{"pool1", spec_}, {}, key_};
};

TEST_F(TuningOfAPool, BeginsWithTheDefault) {
  EXPECT_EQ(tuning_.summary().name, "pool1");
  EXPECT_EQ(tuning_.summary().kernel, toString(spec_));
  EXPECT_EQ(tuning_.summary().defaultSchedule, toString(defaultSchedule(spec_)));
  EXPECT_EQ(tuning_.summary().tunedSchedule, tuning_.summary().defaultSchedule);
}

TEST_F(TuningOfAPool, MakesARecordOfWhatWasMeasured) {
  const std::optional<Measurement> record = tuning_.learn(other(), took(8e-3), 3);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key, key_);
  EXPECT_EQ(record->kernel, toString(spec_));
  EXPECT_EQ(record->schedule, toString(other()));
  EXPECT_EQ(record->defaultSchedule, toString(defaultSchedule(spec_)));
  EXPECT_EQ(record->outcome, Outcome::ok);
  EXPECT_DOUBLE_EQ(record->seconds, 8e-3);
  EXPECT_DOUBLE_EQ(record->defaultSeconds, 10e-3);
  EXPECT_EQ(record->rounds, 20);
  EXPECT_TRUE(parseRecord(toLine(*record)));
  ASSERT_EQ(tuning_.summary().candidates.size(), 1U);
  EXPECT_DOUBLE_EQ(tuning_.summary().candidates[0].speedup, 1.25);
  EXPECT_EQ(tuning_.summary().candidates[0].atSeconds, 3);
  EXPECT_EQ(tuning_.search().measured(), 1U);
}

TEST_F(TuningOfAPool, RecordsAFailureWithItsReasonAndWithoutTimes) {
  const std::optional<Measurement> record =
      tuning_.learn(other(), {Outcome::crashed, true, "signal 11", {}, 0}, 0);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->outcome, Outcome::crashed);
  EXPECT_EQ(record->detail, "signal 11");
  EXPECT_EQ(record->seconds, 0);
}

TEST_F(TuningOfAPool, RecordsNothingOfWhoIsNotAtFaultAndLeavesItAlone) {
  EXPECT_FALSE(tuning_.learn(other(), {Outcome::crashed, false, "", {}, 0}, 0));
  EXPECT_TRUE(tuning_.summary().candidates.empty());
  while (const auto next = tuning_.search().propose())
    EXPECT_NE(next->schedule, other());
}

TEST_F(TuningOfAPool, WhatIsMeasuredAgainReplacesWhatWasKnown) {
  tuning_.learn(other(), took(8e-3), 1);
  tuning_.learn(other(), took(5e-3), 2);
  ASSERT_EQ(tuning_.summary().candidates.size(), 1U);
  EXPECT_DOUBLE_EQ(tuning_.summary().candidates[0].speedup, 2);
}

TEST_F(TuningOfAPool, GoesOnFromRecordsOfTheSameDefault) {
  const Measurement record = *KernelTuning({"", spec_}, {}, key_).learn(other(), took(8e-3), 9);
  Measurement ofAnotherDefault = record, illegal = record, impossible = record;
  ofAnotherDefault.defaultSchedule = "vector 1";
  illegal.schedule = "vector 3000000";
  impossible.seconds = 1e-300;
  tuning_.resume({record, ofAnotherDefault, illegal, impossible});
  ASSERT_EQ(tuning_.summary().candidates.size(), 1U);
  EXPECT_EQ(tuning_.summary().candidates[0].atSeconds, 0) << "of an earlier session";
  EXPECT_EQ(tuning_.search().measured(), 1U);
}

TEST_F(TuningOfAPool, AVerdictNamesTheScheduleThatWon) {
  Decision won;
  won.tuned = other();
  won.speedup = 1.25;
  won.defaultSeconds = 10e-3;
  won.tunedSeconds = 8e-3;
  const Verdict verdict = tuning_.conclude(won);
  EXPECT_EQ(verdict.key, key_);
  EXPECT_EQ(verdict.schedule, toString(other()));
  EXPECT_DOUBLE_EQ(verdict.speedup, 1.25);
  EXPECT_EQ(tuning_.finishedSummary().tunedSchedule, toString(other()));
  EXPECT_DOUBLE_EQ(tuning_.finishedSummary().tunedSeconds, 8e-3);
}

TEST_F(TuningOfAPool, AVerdictMayBeThatTheDefaultStays) {
  Decision stays;
  stays.remark = "no faster";
  EXPECT_EQ(tuning_.conclude(stays).schedule, keepsDefault);
  EXPECT_EQ(tuning_.finishedSummary().tunedSchedule, tuning_.summary().defaultSchedule);
  EXPECT_EQ(tuning_.finishedSummary().remark, "no faster");
}

} // namespace
} // namespace ninc

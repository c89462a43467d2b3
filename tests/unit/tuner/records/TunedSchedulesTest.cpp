// From verdicts to the schedule of a kernel, whatever the database holds.
#include "tuner/records/TunedSchedules.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/search/SearchSpace.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using testing::mlpconvSpec;

const char *const thisCpu = "GenuineIntel 6.143";

KernelSpec spec() {
  return mlpconvSpec({48, 32}, 32);
}

// A legal schedule that isn't the default.
Schedule otherSchedule() {
  return rankedSchedules(spec(), Exactness::exact, 1, 30).back().schedule;
}

Verdict verdictFor(const std::string &schedule, const std::string &date = "2026-01-01T00:00:00Z") {
  Verdict verdict;
  verdict.key = keyFor(spec(), Exactness::fast, 1, thisCpu);
  verdict.kernel = toString(spec());
  verdict.schedule = schedule;
  verdict.speedup = 1.25;
  verdict.date = date;
  return verdict;
}

TunedSchedules tunedBy(std::vector<Record> records, int threads = 1, const std::string &cpu = thisCpu) {
  TunedSchedules tuned(cpu, threads);
  tuned.add({std::move(records), 0, {}}, "a database");
  return tuned;
}

TEST(TunedSchedules, FindTheVerdictOfAKernel) {
  TunedSchedules tuned = tunedBy({verdictFor(toString(otherSchedule()))});
  const auto found = tuned.find(spec(), Exactness::fast);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->schedule, otherSchedule());
  EXPECT_EQ(found->origin, "tuned (1.25 times the default's speed, a database)");
  EXPECT_TRUE(tuned.hasFound());
  EXPECT_EQ(tuned.unusedRemark(), "");
}

TEST(TunedSchedules, FindNothingWhereTheDefaultWon) {
  TunedSchedules tuned = tunedBy({verdictFor(toString(otherSchedule())),
                                  verdictFor(toString(defaultSchedule(spec())), "2026-01-02T00:00:00Z")});
  EXPECT_FALSE(tuned.find(spec(), Exactness::fast));
  EXPECT_FALSE(tuned.hasFound());
}

TEST(TunedSchedules, AskTheFirstDatabaseFirst) {
  TunedSchedules tuned = tunedBy({verdictFor(toString(defaultSchedule(spec())))});
  tuned.add({{verdictFor(toString(otherSchedule()), "2027-01-01T00:00:00Z")}, 0, {}}, "shipped");
  EXPECT_FALSE(tuned.find(spec(), Exactness::fast));
}

TEST(TunedSchedules, KeepExactAndFastKernelsApart) {
  TunedSchedules tuned = tunedBy({verdictFor(toString(otherSchedule()))});
  EXPECT_FALSE(tuned.find(spec(), Exactness::exact));
}

TEST(TunedSchedules, IgnoreOtherCpusThreadsAndVersionsWithOneSentence) {
  const std::string schedule = toString(otherSchedule());
  TunedSchedules elsewhere = tunedBy({verdictFor(schedule)}, 1, "AuthenticAMD 25.33");
  EXPECT_FALSE(elsewhere.find(spec(), Exactness::fast));
  EXPECT_EQ(elsewhere.unusedRemark(),
            "there are records of these kernels for GenuineIntel 6.143, 1 thread; this "
            "is AuthenticAMD 25.33, 1 thread");
  TunedSchedules moreThreads = tunedBy({verdictFor(schedule)}, 2);
  EXPECT_FALSE(moreThreads.find(spec(), Exactness::fast));
  Verdict old = verdictFor(schedule);
  old.key.scheduleVersion = scheduleVersion + 1;
  TunedSchedules later = tunedBy({old});
  EXPECT_FALSE(later.find(spec(), Exactness::fast));
  EXPECT_THAT(later.unusedRemark(), HasSubstr("another version of schedules"));
}

TEST(TunedSchedules, DontUseWhatIsntALegalSchedule) {
  for (const char *schedule :
       {"", "rm -rf /", "vector 16, tasks 2", "direct tiles 1x1 block 1 unroll 1",
        "direct tiles 1x1,1x1 block 2147483647 unroll 1", "direct tiles 100000x100000,1x1 block 1 unroll 1",
        "winograd 9x9 tiles 1x1,1x1 group 1 block 1 unroll 1 whole 1",
        "direct tiles -1x4,1x1 block 4 unroll 1"}) {
    TunedSchedules tuned = tunedBy({verdictFor(schedule)});
    EXPECT_FALSE(tuned.find(spec(), Exactness::fast)) << schedule;
    EXPECT_THAT(tuned.unusedRemark(), HasSubstr("can't be used")) << schedule;
  }
}

TEST(TunedSchedules, HaveAFingerprintThatChangesWithWhatTheyFind) {
  const TunedSchedules none = tunedBy({}), one = tunedBy({verdictFor(toString(otherSchedule()))});
  EXPECT_NE(none.fingerprint(), one.fingerprint());
  EXPECT_EQ(one.fingerprint(), tunedBy({verdictFor(toString(otherSchedule()))}).fingerprint());
  EXPECT_NE(one.fingerprint(), tunedBy({verdictFor(toString(otherSchedule()))}, 2).fingerprint());
  // Other people's records don't matter.
  Verdict foreign = verdictFor(toString(otherSchedule()));
  foreign.key.machine = "AuthenticAMD 25.33";
  EXPECT_EQ(none.fingerprint(), tunedBy({foreign}).fingerprint());
}

TEST(TunedSchedules, AreThoseOfTheDeviceForItsKernels) {
  const KernelSpec kernel = testing::onDevice(spec(), "opencl", 2);
  const Schedule other = rankedSchedules(kernel, Exactness::fast, 1, 30).back().schedule;
  Verdict verdict = verdictFor(toString(other));
  verdict.key = keyFor(kernel, Exactness::fast, 1, "A device (its vendor)");
  // Threads are the CPU's.
  TunedSchedules tuned = tunedBy({verdict}, 8);
  const std::string before = tuned.fingerprint();
  EXPECT_FALSE(tuned.find(kernel, Exactness::fast));
  EXPECT_EQ(tuned.unusedRemark(), "there are records of these kernels for A device (its vendor); this is a "
                                  "machine whose device isn't known");
  tuned.setDevice(NINC_DEVICE_CUDA, "A device (its vendor)");
  EXPECT_FALSE(tuned.find(kernel, Exactness::fast));
  tuned.setDevice(NINC_DEVICE_OPENCL, "A device (its vendor)");
  ASSERT_TRUE(tuned.find(kernel, Exactness::fast));
  EXPECT_EQ(tuned.find(kernel, Exactness::fast)->schedule, other);
  EXPECT_NE(tuned.fingerprint(), before);
}

TEST(ShippedDatabase, HoldsNothingButVerdictsThatThisVersionCanUse) {
  const DatabaseContents &shipped = shippedDatabase();
  EXPECT_EQ(shipped.badLines, 0u) << shipped.firstBadLine;
  for (const Record &record : shipped.records) {
    ASSERT_TRUE(std::holds_alternative<Verdict>(record));
    EXPECT_EQ(keyOf(record).scheduleVersion, scheduleVersion);
    EXPECT_TRUE(parseSchedule(std::get<Verdict>(record).schedule));
  }
}

} // namespace
} // namespace ninc

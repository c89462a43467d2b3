// A kernel's stages, step by step. Nothing is compiled: what children answer is made up here.
#include "tuner/session/KernelInWork.h"

#include <csignal>
#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "support/ByteStream.h"
#include "support/Shortage.h"
#include "tests/unit/tuner/Specs.h"
#include "tests/unit/tuner/session/ScriptedRunner.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;
using testing::poolSpec;
using testing::ScriptedRunner;

// As waitpid(2) has them.
constexpr int exitedWith(int code) {
  return code << 8;
}
constexpr int endedBySignal(int signal) {
  return signal;
}

ForkedTask::End answered(std::string bytes) {
  return {exitedWith(0), std::move(bytes)};
}

class Kernel : public ::testing::Test {
protected:
  KernelInWork inWork(std::span<const Record> known = {}, std::optional<std::size_t> most = {}) const {
    return {{"pool1", spec_}, {}, key_, known, most};
  }

  // Through the stages until challengers are next. The default takes 10 ms.
  KernelInWork searching(std::span<const Record> known = {}, std::optional<std::size_t> most = {}) {
    KernelInWork kernel = inWork(known, most);
    const CompileTask reference = kernel.next().value();
    EXPECT_TRUE(kernel.accept(reference, answered(kernel.work(reference)), 0));
    runner_.takes({10e-3});
    EXPECT_TRUE(measure(kernel, kernel.next().value()));
    return kernel;
  }

  // Measures what a task's child would have made.
  std::optional<Measurement> measure(KernelInWork &kernel, const CompileTask &task) {
    const auto accepted = kernel.accept(task, answered(encode(candidate_)), 1).value();
    return kernel.measure(task, std::get<Candidate>(accepted), runner_, {}, 2).value();
  }

  const KernelSpec spec_ = poolSpec();
  const RecordKey key_ = keyFor(spec_, Exactness::fast, 1, "this");
  const Candidate candidate_{"no library", {}, {0.5}};
  ScriptedRunner runner_;
};

TEST_F(Kernel, NeedsTheReferenceThenTheDefaultThenChallengers) {
  KernelInWork kernel = inWork();
  const CompileTask reference = kernel.next().value();
  EXPECT_EQ(reference.kind, TaskKind::reference);
  EXPECT_FALSE(kernel.next()) << "it waits for the answer";
  ASSERT_TRUE(kernel.accept(reference, answered(kernel.work(reference)), 0));

  const CompileTask usual = kernel.next().value();
  EXPECT_EQ(usual.kind, TaskKind::defaultSchedule);
  EXPECT_EQ(usual.schedule, defaultSchedule(spec_));
  EXPECT_FALSE(kernel.next());
  EXPECT_FALSE(kernel.mayBeDecided());
  runner_.takes({10e-3});
  EXPECT_TRUE(measure(kernel, usual));
  EXPECT_DOUBLE_EQ(kernel.defaultSeconds(), 10e-3);
  EXPECT_TRUE(kernel.mayBeDecided());

  const CompileTask challenger = kernel.next().value();
  EXPECT_EQ(challenger.kind, TaskKind::challenger);
  EXPECT_NE(challenger.schedule, defaultSchedule(spec_));
  runner_.takes({10e-3, 5e-3});
  runner_.takes({10e-3, 5e-3});
  EXPECT_DOUBLE_EQ(measure(kernel, challenger)->seconds, 5e-3);
  EXPECT_DOUBLE_EQ(kernel.bestSpeedup(), 2);

  runner_.takes({10e-3, 5e-3});
  EXPECT_EQ(kernel.decide(runner_, {}).value().schedule, toString(challenger.schedule));
  EXPECT_EQ(kernel.finish().tunedSchedule, toString(challenger.schedule));
}

TEST_F(Kernel, IsGivenUpWithoutAReference) {
  const std::vector<std::pair<ForkedTask::End, std::string>> cases = {
      {answered(encodeResult(fail("no such op"))), "no such op"},
      {answered("nonsense"), "the reference has no answer"},
      {{endedBySignal(SIGSEGV), ""}, "evaluating a kernel by the reference was given up"},
      {{exitedWith(outOfMemoryStatus), ""}, "evaluating a kernel by the reference: " + outOfMemoryWords()}};
  for (const auto &[end, complaint] : cases) {
    KernelInWork kernel = inWork();
    const CompileTask reference = kernel.next().value();
    ASSERT_TRUE(kernel.accept(reference, end, 0));
    EXPECT_THAT(kernel.takeComplaint(), Optional(complaint));
    EXPECT_FALSE(kernel.takeComplaint()) << "it is said once";
    EXPECT_FALSE(kernel.next());
    EXPECT_FALSE(kernel.mayBeDecided());
  }
}

TEST_F(Kernel, IsGivenUpWithoutADefaultThatRuns) {
  KernelInWork kernel = inWork();
  const CompileTask reference = kernel.next().value();
  ASSERT_TRUE(kernel.accept(reference, answered(kernel.work(reference)), 0));
  runner_.fails(Outcome::wrong, 0, "off by 7");
  EXPECT_EQ(measure(kernel, kernel.next().value())->outcome, Outcome::wrong);
  EXPECT_THAT(kernel.takeComplaint(), Optional(std::string("its default schedule fails: wrong off by 7")));
  EXPECT_FALSE(kernel.next());
}

TEST_F(Kernel, RecordsThatAScheduleCantBeCompiled) {
  KernelInWork kernel = searching();
  const CompileTask task = kernel.next().value();
  const auto accepted = kernel.accept(task, {endedBySignal(SIGABRT), ""}, 0).value();
  const auto &record = std::get<Measurement>(accepted);
  EXPECT_EQ(record.outcome, Outcome::uncompilable);
  EXPECT_EQ(record.schedule, toString(task.schedule));
  EXPECT_THAT(record.detail, HasSubstr("compiling ended with signal 6"));
  const auto slow = kernel.accept(kernel.next().value(), {endedBySignal(SIGXCPU), ""}, 0).value();
  EXPECT_EQ(std::get<Measurement>(slow).detail, "compiling took too much processor time");
}

TEST_F(Kernel, RecordsNothingWhereTheSystemKilledTheCompilation) {
  KernelInWork kernel = searching();
  for (const int status : {endedBySignal(SIGKILL), exitedWith(outOfMemoryStatus)}) {
    const auto accepted = kernel.accept(kernel.next().value(), {status, ""}, 0).value();
    EXPECT_TRUE(std::holds_alternative<std::monostate>(accepted));
  }
  EXPECT_FALSE(kernel.takeComplaint()) << "the kernel itself is fine";
}

TEST_F(Kernel, CompilesAloneOnceBoundsAreKnown) {
  KernelInWork kernel = inWork();
  const CompileTask reference = kernel.next().value();
  ASSERT_TRUE(kernel.accept(reference, answered(kernel.work(reference)), 0));
  const CompileTask usual = kernel.next().value();
  EXPECT_EQ(kernel.mostSeconds(usual), kernel.mostSeconds(reference));
  runner_.takes({10e-3});
  measure(kernel, usual);
  EXPECT_LT(kernel.mostSeconds(kernel.next().value()), kernel.mostSeconds(reference));
}

TEST_F(Kernel, EndsAfterSoManyCandidates) {
  KernelInWork kernel = searching({}, 2);
  EXPECT_EQ(kernel.counts().known, 3U) << "the default and two more";
  EXPECT_TRUE(kernel.next());
  EXPECT_FALSE(kernel.cutShort());
  EXPECT_TRUE(kernel.next());
  EXPECT_FALSE(kernel.next());
  EXPECT_TRUE(kernel.cutShort());
}

TEST_F(Kernel, RacesAgainWhatEarlierSessionsLikedBeforeItIsJudged) {
  KernelInWork before = searching();
  const CompileTask liked = before.next().value();
  runner_.takes({10e-3, 5e-3});
  runner_.takes({10e-3, 5e-3});
  const std::vector<Record> known = {*measure(before, liked)};

  KernelInWork after = searching(known);
  EXPECT_EQ(after.counts().before, 1U);
  EXPECT_FALSE(after.mayBeDecided());
  const CompileTask again = after.next().value();
  EXPECT_EQ(again.schedule, liked.schedule);
  runner_.takes({10e-3, 20e-3});
  measure(after, again);
  EXPECT_TRUE(after.mayBeDecided());
}

} // namespace
} // namespace ninc

// The children beside a measurement: how many, whose, and when they are paused.
#include "tuner/session/CompilePool.h"

#include <atomic>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/Files.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int mostSeconds = 60;

bool goOn() {
  return false;
}

// Never ends by itself.
std::string waitForEver() {
  for (;;)
    pause();
}

TEST(CompilePool, SaysWhoseTaskHasEndedAndWhatCameOfIt) {
  CompilePool pool({}, 2);
  const CompileTask task{TaskKind::defaultSchedule, {}};
  ASSERT_TRUE(pool.start(
      5, task, mostSeconds, [] { return std::string("code"); }, goOn));
  EXPECT_EQ(pool.longestAtWork(), 5U);
  const std::vector<CompiledTask> compiled = pool.collect(-1).value();
  ASSERT_EQ(compiled.size(), 1U);
  EXPECT_EQ(compiled[0].kernel, 5U);
  EXPECT_EQ(compiled[0].task.kind, TaskKind::defaultSchedule);
  EXPECT_EQ(compiled[0].end.bytes, "code");
  EXPECT_GT(compiled[0].seconds, 0);
  EXPECT_TRUE(pool.empty());
}

TEST(CompilePool, HasRoomForItsJobsAndForOneAnswerMoreThanThose) {
  CompilePool pool({}, 2);
  EXPECT_TRUE(pool.hasRoom(0));
  EXPECT_TRUE(pool.hasRoom(2));
  EXPECT_FALSE(pool.hasRoom(3));
  ASSERT_TRUE(pool.start(0, {}, mostSeconds, waitForEver, goOn));
  EXPECT_TRUE(pool.hasRoom(1));
  EXPECT_FALSE(pool.hasRoom(2));
  ASSERT_TRUE(pool.start(1, {}, mostSeconds, waitForEver, goOn));
  EXPECT_FALSE(pool.hasRoom(0));
  EXPECT_EQ(pool.longestAtWork(), 0U);
  pool.clear();
  EXPECT_TRUE(pool.hasRoom(0));
}

TEST(CompilePool, ATaskKeepsToItsProcessorTime) {
  CompilePool pool({}, 1);
  constexpr int second = 1;
  ASSERT_TRUE(pool.start(
      0, {}, second,
      []() -> std::string {
        std::atomic<int> turns = 0;
        for (;;)
          ++turns;
      },
      goOn));
  const std::vector<CompiledTask> compiled = pool.collect(-1).value();
  ASSERT_EQ(compiled.size(), 1U);
  EXPECT_THAT(howItEnded(compiled[0].end), HasSubstr("signal 24"));
}

// Whether a child that would answer at once does so while it is quiet.
std::vector<CompiledTask> answersInQuiet(CompilePool &pool) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_TRUE(pool.start(
      0, {}, mostSeconds,
      [&] {
        char go = 0;
        return std::string(static_cast<std::size_t>(read(ends[0], &go, 1)), go);
      },
      goOn));
  const CompilePool::Quiet quiet(pool);
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  close(ends[0]);
  close(ends[1]);
  return pool.collect(50).value();
}

TEST(CompilePool, IsPausedWhileItIsQuietUnlessItHasCpusOfItsOwn) {
  CompilePool shared({}, 1), apart({0}, 1);
  EXPECT_THAT(answersInQuiet(shared), IsEmpty());
  EXPECT_EQ(shared.collect(-1).value().size(), 1U) << "goes on afterwards";
  if (answersInQuiet(apart).empty()) { // a busy machine is no reason to fail
    EXPECT_EQ(apart.collect(-1).value().size(), 1U);
  }
}

TEST(CompilePool, GivesUpOnASystemWithoutRoomWhenItIsTold) {
  CompilePool pool({}, 1);
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  rlimit none = usual;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  const Result<void> started = pool.start(0, {}, mostSeconds, waitForEver, [] { return true; });
  setrlimit(RLIMIT_NOFILE, &usual);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("Too many open files"));
  EXPECT_TRUE(pool.empty());
}

TEST(CompilePool, TriesAgainWhereTheSystemHasNoRoomJustNow) {
  CompilePool pool({}, 1);
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  rlimit none = usual;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  const Result<void> started = pool.start(
      0, {}, mostSeconds, [] { return std::string(); },
      [&] {
        setrlimit(RLIMIT_NOFILE, &usual); // there is room again
        return false;
      });
  setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_TRUE(started);
  EXPECT_EQ(pool.collect(-1).value().size(), 1U);
}

} // namespace
} // namespace ninc

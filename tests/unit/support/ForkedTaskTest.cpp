// Work in processes of its own, whatever becomes of it.
#include "support/ForkedTask.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ninc {
namespace {

ForkedTask::End runToEnd(const std::function<std::string()> &work, const ForkLimits &limits = {}) {
  ForkedTask task = ForkedTask::start(work, limits).value();
  while (task.read()) {
  }
  return task.finish();
}

TEST(ForkedTask, HandsOverWhatWasComputed) {
  const std::string large(3 << 20, 'x'); // many times what a pipe holds
  int untouched = 1;
  const ForkedTask::End end = runToEnd([&] {
    untouched = 2;
    return large;
  });
  EXPECT_TRUE(endedWell(end));
  EXPECT_EQ(end.bytes, large);
  EXPECT_EQ(untouched, 1);
}

TEST(ForkedTask, EndsAloneWhenItCrashesOrThrows) {
  const ForkedTask::End crash = runToEnd([]() -> std::string {
    std::raise(SIGSEGV);
    return "never";
  });
  EXPECT_FALSE(endedWell(crash));
  EXPECT_TRUE(WIFSIGNALED(crash.status));
  EXPECT_FALSE(endedWell(runToEnd([]() -> std::string { throw std::runtime_error("no"); })));
}

TEST(ForkedTask, MayBeEndedPausedAndForgotten) {
  const auto sleepLong = [] {
    sleep(600);
    return std::string();
  };
  ForkedTask ended = ForkedTask::start(sleepLong).value();
  ended.pause();
  ended.end();
  EXPECT_FALSE(endedWell(ended.finish()));
  const auto before = std::chrono::steady_clock::now();
  { const ForkedTask forgotten = ForkedTask::start(sleepLong).value(); }
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(60));
  ForkedTask resumed = ForkedTask::start([] { return std::string("done"); }).value();
  resumed.pause();
  resumed.resume();
  while (resumed.read()) {
  }
  EXPECT_EQ(resumed.finish().bytes, "done");
}

TEST(ForkedTask, KeepsToItsLimits) {
  ForkLimits limits;
  limits.cpus = {0, 99999, -1}; // what isn't there doesn't matter
  const ForkedTask::End bound = runToEnd(
      [] {
        cpu_set_t set;
        sched_getaffinity(0, sizeof set, &set);
        return std::to_string(CPU_COUNT(&set));
      },
      limits);
  EXPECT_EQ(bound.bytes, "1");
#if !defined(__SANITIZE_ADDRESS__) // which reserves terabytes
  limits = {};
  limits.addressBytes = std::int64_t{1} << 30;
  EXPECT_FALSE(endedWell(runToEnd([] { return std::string(std::size_t{2} << 30, 'x'); }, limits)));
#endif
}

TEST(ForkedTask, IsKilledWhenItTakesTooLong) {
  ForkedTask quick = ForkedTask::start([] { return std::string(1 << 20, 'x'); }).value();
  const auto end = finishWithin(quick, 60);
  ASSERT_TRUE(end && endedWell(*end));
  EXPECT_EQ(end->bytes.size(), std::size_t{1} << 20);
  ForkedTask slow = ForkedTask::start([] {
                      pause();
                      return std::string();
                    }).value();
  EXPECT_FALSE(finishWithin(slow, 0.1));
}

TEST(ForkedTask, SaysHowItEnded) {
  EXPECT_EQ(howItEnded(runToEnd([]() -> std::string { _exit(3); })), "code 3");
  EXPECT_EQ(howItEnded(runToEnd([]() -> std::string {
              std::raise(SIGKILL);
              return "never";
            })),
            "signal 9 (Killed)");
}

TEST(ForkedTask, ApartFromTheTerminalPrintsNothingAndIgnoresItsSignals) {
  const auto work = [] {
    std::raise(SIGINT);
    return std::string(isatty(STDOUT_FILENO) == 0 && printf("lost") == 4 && fflush(stdout) == 0 ? "fine"
                                                                                                : "");
  };
  ::testing::internal::CaptureStdout();
  const ForkedTask::End end = runToEnd(work, {.apart = true});
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(end.bytes, "fine");
}

TEST(ForkedTask, CollectsWordsIfAsked) {
  ForkLimits limits;
  limits.collectsWords = true;
  const ForkedTask::End end = runToEnd(
      []() -> std::string {
        std::fputs("why it ends\n", stderr);
        std::abort();
      },
      limits);
  EXPECT_FALSE(endedWell(end));
  EXPECT_EQ(end.words, "why it ends\n");
  EXPECT_EQ(whatRanOut(end), "");
}

#if !defined(__SANITIZE_ADDRESS__) // which reserves terabytes, and has handlers of its own
class OutOfMemory : public ::testing::Test {
protected:
  static std::string reasonFor(const std::function<std::string()> &work) {
    ForkLimits limits;
    limits.addressBytes = std::int64_t{1} << 30;
    limits.apart = true;
    return whatRanOut(runToEnd(work, limits));
  }
  // As many pages as there are.
  static void takeAll() {
    while (mmap(nullptr, std::size_t{1} << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED) {
    }
  }
};

TEST_F(OutOfMemory, IsTold) {
  EXPECT_NE(reasonFor([] { return std::string(std::size_t{2} << 30, 'x'); }), "");
}

TEST_F(OutOfMemory, IsToldWhereNothingMayBeThrown) {
  const auto grow = []() noexcept { return std::string(std::size_t{2} << 30, 'x'); };
  EXPECT_NE(reasonFor(grow), "");
}

TEST_F(OutOfMemory, IsToldWhereAPackageAbortsOrTrustsANull) {
  EXPECT_NE(reasonFor([]() -> std::string {
              takeAll();
              std::abort();
            }),
            "");
  EXPECT_NE(reasonFor([]() -> std::string {
              takeAll();
              // More than malloc's arenas have reserved: one that a thread has left behind would serve less.
              static_cast<volatile char *>(std::malloc(std::size_t{128} << 20))[0] = 1;
              return "never";
            }),
            "");
}

TEST_F(OutOfMemory, IsNotTakenForADefect) {
  EXPECT_EQ(reasonFor([]() -> std::string { std::abort(); }), "");
  EXPECT_EQ(reasonFor([]() -> std::string { throw std::runtime_error("no"); }), "");
}
#endif

} // namespace
} // namespace ninc

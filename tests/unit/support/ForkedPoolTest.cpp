// Several children at once, whatever becomes of each. Children wait for files, so that tests say who ends
// first.
#include "support/ForkedPool.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/Shortage.h"
#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Pool : public ::testing::Test {
protected:
  // Answers with `text` once release(text) was called.
  void startWaiting(std::size_t number, const std::string &text) {
    ASSERT_EQ(mkfifo(fifo(text).c_str(), 0600), 0);
    ASSERT_TRUE(pool_.start(number, [file = fifo(text), text] {
      std::ifstream waits(file); // opens when somebody writes
      return text;
    }));
  }
  void release(const std::string &text) { std::ofstream opens(fifo(text)); }

  std::vector<ForkedPool::Ended> collect() { return pool_.collect(-1).value(); }

  // The ends of all that run, by number.
  std::map<std::size_t, ForkedTask::End> collectAll() {
    std::map<std::size_t, ForkedTask::End> ends;
    while (!pool_.empty())
      for (ForkedPool::Ended &ended : collect())
        EXPECT_TRUE(ends.emplace(ended.number, std::move(ended.end)).second) << "handed out twice";
    return ends;
  }

  ForkedPool pool_;

private:
  std::filesystem::path fifo(const std::string &name) const { return folder_.path() / name; }

  TemporaryDirectory folder_ = TemporaryDirectory::create("ninc-test").value();
};

TEST_F(Pool, HandsOutEachChildWhenItHasEnded) {
  startWaiting(7, "seven");
  startWaiting(3, "three");
  EXPECT_EQ(pool_.size(), 2U);
  release("three");
  std::vector<ForkedPool::Ended> ended = collect();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].number, 3U);
  EXPECT_EQ(ended[0].end.bytes, "three");
  EXPECT_GT(ended[0].seconds, 0);
  EXPECT_EQ(pool_.oldest(), 7U);
  release("seven");
  ended = collect();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].number, 7U);
  EXPECT_TRUE(pool_.empty());
}

TEST_F(Pool, TakesWhatIsSaidByAllOfThem) {
  const std::string large(3 << 20, 'x'); // many times what a pipe holds
  for (std::size_t number : {0U, 1U, 2U})
    ASSERT_TRUE(pool_.start(number, [&, number] { return large + std::to_string(number); }));
  const auto ends = collectAll();
  ASSERT_EQ(ends.size(), 3U);
  for (const auto &[number, end] : ends) {
    EXPECT_TRUE(endedWell(end));
    EXPECT_TRUE(end.bytes == large + std::to_string(number));
  }
}

TEST_F(Pool, WaitsNoLongerThanItMay) {
  startWaiting(1, "late");
  EXPECT_THAT(pool_.collect(0).value(), IsEmpty());
  EXPECT_THAT(pool_.collect(20).value(), IsEmpty());
  release("late");
  EXPECT_EQ(collect().size(), 1U);
  EXPECT_THAT(pool_.collect(-1).value(), IsEmpty()) << "nobody is left to wait for";
}

TEST_F(Pool, ASignalThatIsHandledEndsTheWaiting) {
  struct sigaction handled {
  }, before{};
  handled.sa_handler = [](int) {};
  sigaction(SIGUSR1, &handled, &before);
  ASSERT_TRUE(pool_.start(1, [waiting = getpid()]() -> std::string {
    for (;;) { // until it is ended: the first ones may come before the waiting
      kill(waiting, SIGUSR1);
      sched_yield();
    }
  }));
  EXPECT_THAT(collect(), IsEmpty());
  pool_.clear();
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(Pool, AChildThatDiesIsOneThatHasEnded) {
  ASSERT_TRUE(pool_.start(1, []() -> std::string {
    std::raise(SIGKILL);
    return "never";
  }));
  ASSERT_TRUE(pool_.start(2, [] { return std::string("fine"); }));
  const auto ends = collectAll();
  EXPECT_FALSE(endedWell(ends.at(1)));
  EXPECT_EQ(ends.at(1).bytes, "");
  EXPECT_EQ(ends.at(2).bytes, "fine");
}

#if !defined(__SANITIZE_ADDRESS__) // which reserves terabytes
TEST_F(Pool, AChildThatRunsOutOfMemorySaysSo) {
  ForkLimits limits;
  limits.addressBytes = std::int64_t{1} << 30;
  ASSERT_TRUE(pool_.start(
      1, [] { return std::string(std::size_t{2} << 30, 'x'); }, limits));
  EXPECT_EQ(whatRanOut(collectAll().at(1)), outOfMemoryWords());
}
#endif

TEST_F(Pool, WithoutADescriptorLeftNothingIsStarted) {
  startWaiting(1, "first");
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  rlimit none = usual;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  const Result<void> started = pool_.start(2, [] { return std::string(); });
  setrlimit(RLIMIT_NOFILE, &usual);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("Too many open files"));
  EXPECT_EQ(pool_.size(), 1U);
  release("first");
  EXPECT_EQ(collect().size(), 1U);
}

TEST_F(Pool, ThatIsPausedGoesOnWhenItIsResumed) {
  startWaiting(1, "paused");
  pool_.pause();
  pool_.resume();
  release("paused");
  EXPECT_EQ(collectAll().at(1).bytes, "paused");
}

TEST_F(Pool, LeavesNoChildBehind) {
  startWaiting(1, "a");
  startWaiting(2, "b");
  pool_.clear();
  EXPECT_TRUE(pool_.empty());
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

} // namespace
} // namespace ninc

// One database, several processes. Threads stand in for those that wait.
#include "tuner/records/Database.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <optional>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "support/Random.h"
#include "tests/unit/tuner/records/DatabaseFiles.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::measurement;
using testing::scheduleOf;
using testing::schedulesOf;
using testing::scheduleVersion;
using testing::several;

class DatabaseSharing : public testing::DatabaseFiles {};

// A second process. What it does must not use GoogleTest; 0 is success.
class Child {
public:
  explicit Child(const std::function<int()> &work) : id_(fork()) {
    if (id_ == 0) _exit(work());
  }
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;
  ~Child() {
    if (id_ > 0) wait();
  }

  void kill() const { ::kill(id_, SIGKILL); }

  bool running() {
    if (id_ > 0 && waitpid(id_, &status_, WNOHANG) == id_) id_ = 0;
    return id_ > 0;
  }

  bool wait() {
    if (id_ > 0) waitpid(id_, &status_, 0);
    id_ = 0;
    return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
  }

private:
  pid_t id_;
  int status_ = 0;
};

// Appends `count` records one by one: NAME-0, NAME-1, ...
int appendOneByOne(const fs::path &path, const std::string &name, int count) {
  for (int i = 0; i < count; ++i)
    if (!appendRecords(path, several({measurement(name + "-" + std::to_string(i))}))) return 1;
  return 0;
}

// The lock, taken as another process would.
class ForeignLock {
public:
  explicit ForeignLock(const fs::path &path) : descriptor_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    EXPECT_EQ(flock(descriptor_, LOCK_EX), 0);
  }
  ForeignLock(const ForeignLock &) = delete;
  ForeignLock &operator=(const ForeignLock &) = delete;
  ~ForeignLock() { close(descriptor_); }

private:
  int descriptor_;
};

// How often this process has the file open.
std::ptrdiff_t timesOpen(const fs::path &file) {
  std::error_code gone; // of a descriptor that is closed meanwhile
  return std::ranges::count_if(
      fs::directory_iterator("/proc/self/fd"),
      [&](const fs::directory_entry &entry) { return fs::read_symlink(entry.path(), gone) == file; });
}

// Until another thread has opened the file whose lock is held here: from then on it waits for the lock.
void waitUntilOpened(const fs::path &file) {
  while (timesOpen(file) < 2)
    std::this_thread::yield();
}

TEST_F(DatabaseSharing, TwoProcessesThatAppendAtOnceLoseNothing) {
  Child one([&] { return appendOneByOne(at("d"), "one", 500); });
  Child two([&] { return appendOneByOne(at("d"), "two", 500); });
  EXPECT_TRUE(one.wait());
  EXPECT_TRUE(two.wait());
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_EQ(contents.badLines, 0U) << contents.firstBadLine;
  ASSERT_EQ(contents.records.size(), 1000U);
  int nextOfOne = 0, nextOfTwo = 0; // each writer's records stand in its own order
  for (const Record &record : contents.records) {
    const std::string schedule = scheduleOf(record);
    int &next = schedule.starts_with("one") ? nextOfOne : nextOfTwo;
    EXPECT_EQ(schedule.substr(4), std::to_string(next++));
  }
}

TEST_F(DatabaseSharing, AProcessThatIsKilledLosesNothingThatItHadAppended) {
  Random random(11);
  std::set<std::string> reported;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Child child([&] {
      for (std::uint32_t i = 0;; ++i) {
        const std::string name = std::to_string(round) + "-" + std::to_string(i);
        if (!appendRecords(at("d"), several({measurement(name)}))) return 1;
        if (write(ends[1], &i, sizeof i) != sizeof i) return 1;
      }
    });
    close(ends[1]);
    std::uint32_t last = 0;
    const auto hearsMore = [&] {
      if (read(ends[0], &last, sizeof last) != sizeof last) return false;
      reported.insert(std::to_string(round) + "-" + std::to_string(last));
      return true;
    };
    for (std::uint64_t left = 1 + random.below(50); left > 0; --left) // it goes on while this one looks
      EXPECT_TRUE(hearsMore());
    child.kill();
    while (hearsMore()) {
    }
    close(ends[0]);
    EXPECT_FALSE(child.wait());
  }
  append("d", {measurement("after")});
  const DatabaseContents contents = readDatabase(at("d")).value();
  const std::vector<std::string> found = schedulesOf(contents.records);
  const std::set<std::string> present(found.begin(), found.end());
  EXPECT_EQ(found.size(), present.size());
  EXPECT_LE(contents.badLines, 20U);
  EXPECT_EQ(found.back(), "after");
  for (const std::string &schedule : reported)
    EXPECT_TRUE(present.contains(schedule)) << schedule;
}

TEST_F(DatabaseSharing, AppendingWhileAnotherPrunesLosesNothing) {
  Child child([&] { return appendOneByOne(at("d"), "kept", 120); });
  std::size_t removed = 0, appended = 0;
  const auto bytes = [&] {
    std::error_code missing;
    return fs::file_size(at("d"), missing);
  };
  do {
    Measurement old = measurement("old");
    old.key.scheduleVersion = scheduleVersion - 1;
    append("d", {old});
    ++appended;
    removed += pruneDatabase(at("d"), scheduleVersion).value().removed;
    for (const auto pruned = bytes(); bytes() == pruned && child.running();)
      std::this_thread::yield(); // until the other has appended: nobody prunes without a pause
  } while (child.running());
  EXPECT_TRUE(child.wait());
  EXPECT_EQ(removed, appended);
  std::vector<std::string> expected;
  for (int i = 0; i < 120; ++i)
    expected.push_back("kept-" + std::to_string(i));
  EXPECT_EQ(schedulesIn("d"), expected);
}

TEST_F(DatabaseSharing, WhoWaitedForAFileThatWasReplacedAppendsToTheNewOne) {
  append("d", {measurement("a")});
  put("new", toLine(measurement("b")) + "\n");
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::thread waiting([&] { append("d", {measurement("c")}); });
  waitUntilOpened(at("d"));
  fs::rename(at("new"), at("d"));
  lock.reset();
  waiting.join();
  EXPECT_THAT(schedulesIn("d"), ElementsAre("b", "c"));
}

TEST_F(DatabaseSharing, WhoWaitedForAFileThatWasRemovedMakesItAnew) {
  append("d", {measurement("a")});
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::thread waiting([&] { append("d", {measurement("b")}); });
  waitUntilOpened(at("d"));
  fs::remove(at("d"));
  lock.reset();
  waiting.join();
  EXPECT_THAT(schedulesIn("d"), ElementsAre("b"));
}

TEST_F(DatabaseSharing, ASignalThatIsHandledDoesNotEndTheWaiting) {
  append("d", {measurement("a")});
  struct sigaction handled {
  }, before{};
  static std::atomic<int> signals = 0;
  handled.sa_handler = [](int) { ++signals; }; // without SA_RESTART: flock(2) returns EINTR
  sigaction(SIGUSR1, &handled, &before);
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::atomic<bool> done = false;
  std::thread waiting([&] {
    append("d", {measurement("b")});
    done = true;
  });
  waitUntilOpened(at("d"));
  for (int sent = 1; sent <= 20; ++sent) {
    pthread_kill(waiting.native_handle(), SIGUSR1);
    while (signals < sent)
      std::this_thread::yield();
  }
  EXPECT_FALSE(done);
  lock.reset();
  waiting.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b"));
}

TEST_F(DatabaseSharing, WhoKeepsTheLockIsNotWaitedForForEver) {
  append("d", {measurement("a")});
  const ForeignLock lock(at("d"));
  const Result<void> done =
      appendRecords(at("d"), several({measurement("b")}), std::chrono::milliseconds(20));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message,
            "cannot lock '" + at("d").native() +
                "': another process has kept it locked for 0.02 s (fuser -v tells which one)");
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a"));
}

TEST_F(DatabaseSharing, AFifoIsNoDatabase) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(readDatabase(at("fifo")));
  EXPECT_FALSE(appendRecords(at("fifo"), several({measurement("b")})));
  std::vector<std::string> bad;
  EXPECT_FALSE(mergeDatabases(at("into"), std::array{at("fifo")}, bad));
  EXPECT_FALSE(pruneDatabase(at("fifo"), 1));
}

TEST_F(DatabaseSharing, ReadersWaitForNobody) {
  append("d", {measurement("a")});
  const ForeignLock lock(at("d"));
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a"));
}

TEST_F(DatabaseSharing, TwoMergesAtOnceLoseNothingAndAddNothingTwice) {
  std::vector<Record> many;
  for (int i = 0; i < 300; ++i)
    many.emplace_back(measurement(std::to_string(i)));
  append("one", many);
  many.erase(many.begin(), many.begin() + 100);
  append("two", many);
  for (int round = 0; round < 5; ++round) {
    const std::string into = "into" + std::to_string(round);
    const auto merge = [&](const std::string &from) {
      std::vector<std::string> bad;
      return mergeDatabases(at(into), std::array{at(from)}, bad) ? 0 : 1;
    };
    Child one([&] { return merge("one"); });
    Child two([&] { return merge("two"); });
    EXPECT_TRUE(one.wait());
    EXPECT_TRUE(two.wait());
    const std::vector<std::string> found = schedulesIn(into);
    EXPECT_EQ(found.size(), 300U);
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 300U);
  }
}

} // namespace
} // namespace ninc

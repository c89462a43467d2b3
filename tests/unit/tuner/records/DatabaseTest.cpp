#include "tuner/records/Database.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "support/Files.h"
#include "support/Random.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/support/NotRoot.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr int scheduleVersion = 3;

Measurement measurement(std::string schedule, std::string date = "2026-11-24T22:40:01Z") {
  Measurement one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, scheduleVersion};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = std::move(schedule);
  one.seconds = 0.0012;
  one.defaultSeconds = 0.0015;
  one.rounds = 40;
  one.date = std::move(date);
  return one;
}

Verdict verdict(std::string schedule, std::string date = "2026-11-24T22:40:01Z") {
  Verdict one;
  one.key = {"0123456789abcdef", "GenuineIntel 6.143", 8, scheduleVersion};
  one.kernel = "conv2d 1x64x56x56";
  one.schedule = std::move(schedule);
  one.speedup = 1.25;
  one.date = std::move(date);
  return one;
}

std::vector<Record> several(std::initializer_list<Record> records) {
  return records;
}

std::string scheduleOf(const Record &record) {
  return std::visit([](const auto &one) { return one.schedule; }, record);
}

std::vector<std::string> schedulesOf(const std::vector<Record> &records) {
  std::vector<std::string> schedules;
  for (const Record &record : records)
    schedules.push_back(scheduleOf(record));
  return schedules;
}

class Database : public testing::Test {
protected:
  Database() : folder_(*TemporaryDirectory::create("ninc-test")) {}

  fs::path at(const std::string &name) const { return folder_.path() / name; }

  void put(const std::string &name, const std::string &bytes) const { std::ofstream(at(name)) << bytes; }

  std::string bytesOf(const std::string &name) const { return readFile(at(name)).value(); }

  std::vector<std::string> schedulesIn(const std::string &name) const {
    return schedulesOf(readDatabase(at(name)).value().records);
  }

  void append(const std::string &name, const std::vector<Record> &records) const {
    const Result<void> done = appendRecords(at(name), records);
    EXPECT_TRUE(done) << done.error().message;
  }

  TemporaryDirectory folder_;
};

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

// Lets this process write no file beyond `bytes`, as a quota would.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit &) = delete;
  FileSizeLimit &operator=(const FileSizeLimit &) = delete;
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
  rlimit before_{};
};

// --- reading

TEST_F(Database, AFileThatIsNotThereHoldsNothing) {
  const DatabaseContents contents = readDatabase(at("no/such/file")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 0U);
  EXPECT_EQ(contents.firstBadLine, "");
}

TEST_F(Database, AnEmptyFileHoldsNothing) {
  put("d", "");
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 0U);
}

TEST_F(Database, BadLinesAreSkippedAndCountedAndTheFirstIsNamed) {
  const std::string a = toLine(measurement("a")), b = toLine(verdict("b"));
  const DatabaseContents contents = parseDatabase(a + "\nnonsense\n\n" + b + "\n{}\n", "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a", "b"));
  EXPECT_EQ(contents.badLines, 3U);
  EXPECT_THAT(contents.firstBadLine, StartsWith("FILE:2: it isn't JSON"));
}

TEST_F(Database, LinesMayEndAsOnWindows) {
  const DatabaseContents contents = parseDatabase(toLine(measurement("a")) + "\r\n", "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
  EXPECT_EQ(contents.badLines, 0U);
}

TEST_F(Database, ALastLineNeedsNoNewlineToCount) {
  const DatabaseContents contents = parseDatabase(toLine(measurement("a")), "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
}

TEST_F(Database, AFileOfZeroBytesIsOneBadLine) {
  put("d", std::string(1 << 20, '\0'));
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 1U);
  EXPECT_THAT(contents.firstBadLine, HasSubstr("d:1: it has more than 65536 bytes"));
}

TEST_F(Database, AFileOfRandomBytesIsReadToItsEnd) {
  Random random(7);
  std::string noise;
  while (noise.size() < 100'000)
    noise.push_back(static_cast<char>(random.below(256)));
  put("d", noise + "\n" + toLine(measurement("a")) + "\n");
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
  EXPECT_GT(contents.badLines, 100U);
}

TEST_F(Database, MoreThan256MiBAreNotRead) {
  put("d", "");
  fs::resize_file(at("d"), std::uintmax_t{300} << 20); // takes no space: it has one hole
  EXPECT_EQ(readDatabase(at("d")).error().message,
            "cannot read '" + at("d").native() +
                "': it has more than 268435456 bytes, the most that is read here");
}

TEST_F(Database, AFolderIsNoDatabase) {
  EXPECT_EQ(readDatabase(folder_.path()).error().message,
            "cannot read '" + folder_.path().native() + "': Is a directory");
}

TEST_F(Database, AFileThatMayNotBeReadIsAnError) {
  append("d", {measurement("a")});
  fs::permissions(at("d"), fs::perms::none);
  fs::permissions(folder_.path(), fs::perms(0755));
  const NotRoot notRoot;
  EXPECT_EQ(readDatabase(at("d")).error().message,
            "cannot read '" + at("d").native() + "': Permission denied");
  EXPECT_EQ(appendRecords(at("d"), {}).error().message,
            "cannot write '" + at("d").native() + "': Permission denied");
}

// --- appending

TEST_F(Database, WhatIsAppendedIsReadInItsOrder) {
  append("d", {measurement("a"), verdict("b")});
  append("d", {measurement("c")});
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(bytesOf("d"),
            toLine(measurement("a")) + "\n" + toLine(verdict("b")) + "\n" + toLine(measurement("c")) + "\n");
}

TEST_F(Database, FoldersAreMade) {
  append("deep/er/d", {measurement("a")});
  EXPECT_THAT(schedulesIn("deep/er/d"), ElementsAre("a"));
}

TEST_F(Database, TheNextWriterEndsALineThatWasCutOff) {
  const std::string line = toLine(measurement("a"));
  put("d", line + "\n" + line.substr(0, 50));
  append("d", {measurement("b"), measurement("c")});
  EXPECT_EQ(bytesOf("d"), line + "\n" + line.substr(0, 50) + "\n" + toLine(measurement("b")) + "\n" +
                              toLine(measurement("c")) + "\n");
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(readDatabase(at("d")).value().badLines, 1U);
}

TEST_F(Database, ALinkIsFollowed) {
  append("target", {measurement("a")});
  fs::create_symlink("target", at("link"));
  append("link", {measurement("b")});
  EXPECT_THAT(schedulesIn("target"), ElementsAre("a", "b"));
}

TEST_F(Database, WhatCannotBeWrittenToIsNamedWithTheReason) {
  EXPECT_EQ(appendRecords(folder_.path(), {}).error().message,
            "cannot write '" + folder_.path().native() + "': Is a directory");
  put("file", "");
  EXPECT_EQ(appendRecords(at("file/d"), {}).error().message,
            "cannot write '" + at("file/d").native() + "': Not a directory");
  EXPECT_EQ(appendRecords(at("file/folder/d"), {}).error().message,
            "cannot write '" + at("file/folder/d").native() + "': Not a directory");
  EXPECT_EQ(appendRecords("/dev/full", {}).error().message,
            "cannot write '/dev/full': it isn't a regular file");
  EXPECT_EQ(appendRecords("", {}).error().message, "cannot write '': No such file or directory");
}

TEST_F(Database, AFolderThatCannotBeMadeIsNamedWithTheReason) {
  fs::create_directory(at("locked"));
  fs::permissions(at("locked"), fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0755));
  const NotRoot notRoot;
  EXPECT_EQ(appendRecords(at("locked/new/d"), {}).error().message,
            "cannot make the folder '" + at("locked/new").native() + "': Permission denied");
}

TEST_F(Database, APathWithAZeroByteIsRefused) {
  put("d", "old");
  const fs::path path(at("d").native() + std::string("\0x", 2));
  EXPECT_THAT(appendRecords(path, several({measurement("a")})).error().message, HasSubstr("zero byte"));
  EXPECT_EQ(bytesOf("d"), "old");
}

TEST_F(Database, AFullDiskLeavesTheFileAsItWas) {
  append("d", {measurement("a")});
  const std::string before = bytesOf("d");
  Result<void> done;
  {
    const FileSizeLimit limit(before.size() * 2 + 10); // one more fits, of the next only ten bytes
    done = appendRecords(at("d"), several({measurement("b"), measurement("c")}));
  }
  EXPECT_EQ(done.error().message, "cannot write '" + at("d").native() + "': File too large");
  EXPECT_EQ(bytesOf("d"), before);
}

TEST_F(Database, AFileThatNobodyCouldReadIsNotMade) {
  put("d", "");
  fs::resize_file(at("d"), (std::uintmax_t{256} << 20) - 10);
  EXPECT_THAT(appendRecords(at("d"), several({measurement("a")})).error().message,
              HasSubstr("it would have more than 268435456 bytes"));
  EXPECT_EQ(fs::file_size(at("d")), (std::uintmax_t{256} << 20) - 10);
}

TEST_F(Database, ARecordThatNobodyCouldReadIsADefectOfWhoeverMadeIt) {
  Measurement strange = measurement("b");
  strange.seconds = std::numeric_limits<double>::quiet_NaN();
  const Result<void> done = appendRecords(at("d"), several({measurement("a"), strange}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::internal);
  EXPECT_THAT(done.error().message, HasSubstr("a record is wrong: \"seconds\""));
  EXPECT_FALSE(fs::exists(at("d")));
}

// --- several processes

TEST_F(Database, TwoProcessesThatAppendAtOnceLoseNothing) {
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

TEST_F(Database, AProcessThatIsKilledLosesNothingThatItHadAppended) {
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
    bool alive = read(ends[0], &last, sizeof last) == sizeof last; // it has begun
    EXPECT_TRUE(alive);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(5000)));
    child.kill();
    for (; alive; alive = read(ends[0], &last, sizeof last) == sizeof last)
      reported.insert(std::to_string(round) + "-" + std::to_string(last));
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

TEST_F(Database, AppendingWhileAnotherPrunesLosesNothing) {
  Child child([&] { return appendOneByOne(at("d"), "kept", 120); });
  std::size_t removed = 0, appended = 0;
  do {
    Measurement old = measurement("old");
    old.key.scheduleVersion = scheduleVersion - 1;
    append("d", {old});
    ++appended;
    removed += pruneDatabase(at("d"), scheduleVersion).value().removed;
    std::this_thread::sleep_for(std::chrono::milliseconds(1)); // nobody prunes without a pause
  } while (child.running());
  EXPECT_TRUE(child.wait());
  EXPECT_EQ(removed, appended);
  std::vector<std::string> expected;
  for (int i = 0; i < 120; ++i)
    expected.push_back("kept-" + std::to_string(i));
  EXPECT_EQ(schedulesIn("d"), expected);
}

TEST_F(Database, WhoWaitedForAFileThatWasReplacedAppendsToTheNewOne) {
  append("d", {measurement("a")});
  put("new", toLine(measurement("b")) + "\n");
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::thread waiting([&] { append("d", {measurement("c")}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); // long enough to wait for the lock
  fs::rename(at("new"), at("d"));
  lock.reset();
  waiting.join();
  EXPECT_THAT(schedulesIn("d"), ElementsAre("b", "c"));
}

TEST_F(Database, WhoWaitedForAFileThatWasRemovedMakesItAnew) {
  append("d", {measurement("a")});
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::thread waiting([&] { append("d", {measurement("b")}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  fs::remove(at("d"));
  lock.reset();
  waiting.join();
  EXPECT_THAT(schedulesIn("d"), ElementsAre("b"));
}

TEST_F(Database, ASignalThatIsHandledDoesNotEndTheWaiting) {
  append("d", {measurement("a")});
  struct sigaction handled {
  }, before{};
  handled.sa_handler = [](int) {}; // without SA_RESTART: flock(2) returns EINTR
  sigaction(SIGUSR1, &handled, &before);
  std::optional<ForeignLock> lock(std::in_place, at("d"));
  std::atomic<bool> done = false;
  std::thread waiting([&] {
    append("d", {measurement("b")});
    done = true;
  });
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    pthread_kill(waiting.native_handle(), SIGUSR1);
  }
  EXPECT_FALSE(done);
  lock.reset();
  waiting.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b"));
}

TEST_F(Database, WhoKeepsTheLockIsNotWaitedForForEver) {
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

TEST_F(Database, AFifoIsNoDatabase) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(readDatabase(at("fifo")));
  EXPECT_FALSE(appendRecords(at("fifo"), several({measurement("b")})));
  std::vector<std::string> bad;
  EXPECT_FALSE(mergeDatabases(at("into"), std::array{at("fifo")}, bad));
  EXPECT_FALSE(pruneDatabase(at("fifo"), 1));
}

TEST_F(Database, ReadersWaitForNobody) {
  append("d", {measurement("a")});
  const ForeignLock lock(at("d"));
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a"));
}

// --- merging

TEST_F(Database, MergingAddsWhatIsMissingOnce) {
  append("into", {measurement("a"), verdict("v")});
  append("one", {measurement("b"), measurement("a"), measurement("b")});
  append("two", {verdict("v"), measurement("b"), measurement("c")});
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("one"), at("two")}, bad).value(), 2U);
  EXPECT_THAT(schedulesIn("into"), ElementsAre("a", "v", "b", "c"));
  EXPECT_THAT(bad, IsEmpty());
  EXPECT_THAT(schedulesIn("one"), ElementsAre("b", "a", "b"));
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("one"), at("two")}, bad).value(), 0U);
}

TEST_F(Database, MergingIntoAFileThatIsNotThereMakesIt) {
  append("from", {measurement("a")});
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("new/into"), std::array{at("from")}, bad).value(), 1U);
  EXPECT_THAT(schedulesIn("new/into"), ElementsAre("a"));
}

TEST_F(Database, MergingAFileIntoItselfChangesNothing) {
  append("d", {measurement("a"), measurement("b")});
  const std::string before = bytesOf("d");
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("d"), std::array{at("d")}, bad).value(), 0U);
  EXPECT_EQ(bytesOf("d"), before);
}

TEST_F(Database, RecordsThatAreWrittenDifferentlyMayStillBeEqual) {
  append("into", {measurement("a")});
  put("from", "  " + toLine(measurement("a")) + "\r\n");
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("from")}, bad).value(), 0U);
}

TEST_F(Database, BadLinesOfMergedFilesAreReportedAFileASentence) {
  put("one", "{}\n" + toLine(measurement("a")) + "\n[]\n");
  put("two", toLine(measurement("b")) + "\n[]");
  put("three", "");
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("one"), at("two"), at("three")}, bad).value(), 2U);
  const std::string one = at("one").native(), two = at("two").native();
  EXPECT_THAT(
      bad,
      ElementsAre("skipped 2 bad lines of '" + one + "', the first at " + one + ":1: \"record\" is missing",
                  "skipped 1 bad line of '" + two + "', the first at " + two + ":2: it isn't a JSON object"));
}

TEST_F(Database, MergingWhatIsNotThereAddsNothing) {
  append("one", {measurement("a")});
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("one"), at("no")}, bad).error().message,
            "cannot read '" + at("no").native() + "': No such file or directory");
  EXPECT_FALSE(fs::exists(at("into")));
}

TEST_F(Database, TwoMergesAtOnceLoseNothingAndAddNothingTwice) {
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

// --- pruning

TEST_F(Database, PruningKeepsTheNewestOfEachInTheOrderOfTheFile) {
  Measurement otherVersion = measurement("a");
  otherVersion.key.scheduleVersion = scheduleVersion - 1;
  Measurement laterVersion = measurement("a"); // another ninc's, which is newer than this one
  laterVersion.key.scheduleVersion = scheduleVersion + 1;
  Measurement otherThreads = measurement("a");
  otherThreads.key.threads = 1;
  append("d", {measurement("a", "2026-11-24T00:00:02Z"), verdict("old", "2026-11-24T00:00:01Z"),
               measurement("b"), measurement("a", "2026-11-24T00:00:01Z"), otherVersion, otherThreads,
               laterVersion, verdict("new", "2026-11-24T00:00:02Z")});
  std::ofstream(at("d"), std::ios::app) << "nonsense\n" << toLine(measurement("c")).substr(0, 30);
  fs::permissions(at("d"), fs::perms(0640));
  const PruneStatistics statistics = pruneDatabase(at("d"), scheduleVersion).value();
  EXPECT_EQ(statistics.kept, 5U);
  EXPECT_EQ(statistics.removed, 5U);
  EXPECT_EQ(bytesOf("d"), toLine(measurement("a", "2026-11-24T00:00:02Z")) + "\n" + toLine(measurement("b")) +
                              "\n" + toLine(otherThreads) + "\n" + toLine(laterVersion) + "\n" +
                              toLine(verdict("new", "2026-11-24T00:00:02Z")) + "\n");
  EXPECT_EQ(fs::status(at("d")).permissions(), fs::perms(0640));
}

TEST_F(Database, PruningAPrunedFileLeavesItAlone) {
  append("d", {measurement("a"), verdict("v")});
  struct stat before {
  }, after{};
  ASSERT_EQ(stat(at("d").c_str(), &before), 0);
  const PruneStatistics statistics = pruneDatabase(at("d"), scheduleVersion).value();
  EXPECT_EQ(statistics.kept, 2U);
  EXPECT_EQ(statistics.removed, 0U);
  ASSERT_EQ(stat(at("d").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(Database, PruningWhatIsNotThereMakesNothing) {
  EXPECT_EQ(pruneDatabase(at("d"), scheduleVersion).value().removed, 0U);
  EXPECT_FALSE(fs::exists(at("d")));
}

TEST_F(Database, WhatCannotBeReplacedIsNotPruned) {
  append("d", {measurement("a"), measurement("a")});
  const std::string before = bytesOf("d");
  const int open = ::open(at("d").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_THAT(pruneDatabase("/dev/fd/" + std::to_string(open), scheduleVersion).error().message,
              HasSubstr("can't be replaced"));
  close(open);
  EXPECT_EQ(bytesOf("d"), before);
}

// --- verdicts

TEST_F(Database, TheNewestVerdictOfAKeyCountsByItsDate) {
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(
      several({verdict("middle", "2026-11-24T00:00:02Z"), verdict("newest", "2026-11-24T00:00:03Z"),
               measurement("none", "2026-11-24T00:00:09Z"), verdict("oldest", "2026-11-24T00:00:01Z")}));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.begin()->second.schedule, "newest");
}

TEST_F(Database, OfEqualDatesTheLaterVerdictCounts) {
  const std::map<RecordKey, Verdict> verdicts =
      newestVerdicts(several({verdict("first"), verdict("second"), verdict("third")}));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.begin()->second.schedule, "third");
}

TEST_F(Database, EachPartOfAKeyMakesAnother) {
  std::vector<Record> records =
      several({verdict("a"), verdict("b"), verdict("c"), verdict("d"), verdict("e")});
  std::get<Verdict>(records[1]).key.spec = "fedcba9876543210";
  std::get<Verdict>(records[2]).key.cpu = "AuthenticAMD 25.1";
  std::get<Verdict>(records[3]).key.threads = 1;
  std::get<Verdict>(records[4]).key.scheduleVersion = scheduleVersion + 1;
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(records);
  EXPECT_EQ(verdicts.size(), 5U);
  for (const Record &record : records)
    EXPECT_EQ(verdicts.at(keyOf(record)), std::get<Verdict>(record));
}

TEST_F(Database, ADateInTheFutureIsNoNewerThanOthers) {
  append("d", {verdict("wrong clock", "2999-01-01T00:00:00Z"), verdict("now", "2026-11-24T00:00:01Z")});
  const DatabaseContents contents = readDatabase(at("d")).value();
  ASSERT_EQ(newestVerdicts(contents.records).size(), 1U);
  EXPECT_EQ(newestVerdicts(contents.records).begin()->second.schedule, "now");
}

} // namespace
} // namespace ninc

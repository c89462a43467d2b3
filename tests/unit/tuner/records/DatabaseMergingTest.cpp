// Databases made one, and one made smaller.
#include "tuner/records/Database.h"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tuner/records/DatabaseFiles.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::measurement;
using testing::scheduleVersion;
using testing::verdict;

class DatabaseMerging : public testing::DatabaseFiles {};
class DatabasePruning : public testing::DatabaseFiles {};

TEST_F(DatabaseMerging, MergingAddsWhatIsMissingOnce) {
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

TEST_F(DatabaseMerging, MergingIntoAFileThatIsNotThereMakesIt) {
  append("from", {measurement("a")});
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("new/into"), std::array{at("from")}, bad).value(), 1U);
  EXPECT_THAT(schedulesIn("new/into"), ElementsAre("a"));
}

TEST_F(DatabaseMerging, MergingAFileIntoItselfChangesNothing) {
  append("d", {measurement("a"), measurement("b")});
  const std::string before = bytesOf("d");
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("d"), std::array{at("d")}, bad).value(), 0U);
  EXPECT_EQ(bytesOf("d"), before);
}

TEST_F(DatabaseMerging, RecordsThatAreWrittenDifferentlyMayStillBeEqual) {
  append("into", {measurement("a")});
  put("from", "  " + toLine(measurement("a")) + "\r\n");
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("from")}, bad).value(), 0U);
}

TEST_F(DatabaseMerging, BadLinesOfMergedFilesAreReportedAFileASentence) {
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

TEST_F(DatabaseMerging, MergingWhatIsNotThereAddsNothing) {
  append("one", {measurement("a")});
  std::vector<std::string> bad;
  EXPECT_EQ(mergeDatabases(at("into"), std::array{at("one"), at("no")}, bad).error().message,
            "cannot read '" + at("no").native() + "': No such file or directory");
  EXPECT_FALSE(fs::exists(at("into")));
}

TEST_F(DatabasePruning, PruningKeepsTheNewestOfEachInTheOrderOfTheFile) {
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

TEST_F(DatabasePruning, PruningAPrunedFileLeavesItAlone) {
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

TEST_F(DatabasePruning, PruningWhatIsNotThereMakesNothing) {
  EXPECT_EQ(pruneDatabase(at("d"), scheduleVersion).value().removed, 0U);
  EXPECT_FALSE(fs::exists(at("d")));
}

TEST_F(DatabasePruning, WhatCannotBeReplacedIsNotPruned) {
  append("d", {measurement("a"), measurement("a")});
  const std::string before = bytesOf("d");
  const int open = ::open(at("d").c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_THAT(pruneDatabase("/dev/fd/" + std::to_string(open), scheduleVersion).error().message,
              HasSubstr("can't be replaced"));
  close(open);
  EXPECT_EQ(bytesOf("d"), before);
}

} // namespace
} // namespace ninc

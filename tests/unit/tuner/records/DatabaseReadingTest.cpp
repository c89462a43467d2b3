// What a database holds, whatever its file does.
#include "tuner/records/Database.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

#include "support/Random.h"
#include "tests/unit/support/NotRoot.h"
#include "tests/unit/tuner/records/DatabaseFiles.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::measurement;
using testing::schedulesOf;
using ::testing::StartsWith;
using testing::verdict;

class DatabaseReading : public testing::DatabaseFiles {};

TEST_F(DatabaseReading, AFileThatIsNotThereHoldsNothing) {
  const DatabaseContents contents = readDatabase(at("no/such/file")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 0U);
  EXPECT_EQ(contents.firstBadLine, "");
}

TEST_F(DatabaseReading, AnEmptyFileHoldsNothing) {
  put("d", "");
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 0U);
}

TEST_F(DatabaseReading, BadLinesAreSkippedAndCountedAndTheFirstIsNamed) {
  const std::string a = toLine(measurement("a")), b = toLine(verdict("b"));
  const DatabaseContents contents = parseDatabase(a + "\nnonsense\n\n" + b + "\n{}\n", "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a", "b"));
  EXPECT_EQ(contents.badLines, 3U);
  EXPECT_THAT(contents.firstBadLine, StartsWith("FILE:2: it isn't JSON"));
}

TEST_F(DatabaseReading, LinesMayEndAsOnWindows) {
  const DatabaseContents contents = parseDatabase(toLine(measurement("a")) + "\r\n", "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
  EXPECT_EQ(contents.badLines, 0U);
}

TEST_F(DatabaseReading, ALastLineNeedsNoNewlineToCount) {
  const DatabaseContents contents = parseDatabase(toLine(measurement("a")), "FILE");
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
}

TEST_F(DatabaseReading, AFileOfZeroBytesIsOneBadLine) {
  put("d", std::string(1 << 20, '\0'));
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(contents.records, IsEmpty());
  EXPECT_EQ(contents.badLines, 1U);
  EXPECT_THAT(contents.firstBadLine, HasSubstr("d:1: it has more than 65536 bytes"));
}

TEST_F(DatabaseReading, AFileOfRandomBytesIsReadToItsEnd) {
  Random random(7);
  std::string noise;
  while (noise.size() < 100'000)
    noise.push_back(static_cast<char>(random.below(256)));
  put("d", noise + "\n" + toLine(measurement("a")) + "\n");
  const DatabaseContents contents = readDatabase(at("d")).value();
  EXPECT_THAT(schedulesOf(contents.records), ElementsAre("a"));
  EXPECT_GT(contents.badLines, 100U);
}

TEST_F(DatabaseReading, MoreThan256MiBAreNotRead) {
  put("d", "");
  fs::resize_file(at("d"), std::uintmax_t{300} << 20); // takes no space: it has one hole
  EXPECT_EQ(readDatabase(at("d")).error().message,
            "cannot read '" + at("d").native() +
                "': it has more than 268435456 bytes, the most that is read here");
}

TEST_F(DatabaseReading, AFolderIsNoDatabase) {
  EXPECT_EQ(readDatabase(folder_.path()).error().message,
            "cannot read '" + folder_.path().native() + "': Is a directory");
}

TEST_F(DatabaseReading, AFileThatMayNotBeReadIsAnError) {
  append("d", {measurement("a")});
  fs::permissions(at("d"), fs::perms::none);
  fs::permissions(folder_.path(), fs::perms(0755));
  const NotRoot notRoot;
  EXPECT_EQ(readDatabase(at("d")).error().message,
            "cannot read '" + at("d").native() + "': Permission denied");
  EXPECT_EQ(appendRecords(at("d"), {}).error().message,
            "cannot write '" + at("d").native() + "': Permission denied");
}

} // namespace
} // namespace ninc

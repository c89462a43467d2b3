// Records written to a database, and what keeps them from it.
#include "tuner/records/Database.h"

#include <filesystem>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <limits>
#include <sys/resource.h>

#include "tests/unit/support/NotRoot.h"
#include "tests/unit/tuner/records/DatabaseFiles.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::measurement;
using testing::several;
using testing::verdict;

class DatabaseAppending : public testing::DatabaseFiles {};

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

TEST_F(DatabaseAppending, WhatIsAppendedIsReadInItsOrder) {
  append("d", {measurement("a"), verdict("b")});
  append("d", {measurement("c")});
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(bytesOf("d"),
            toLine(measurement("a")) + "\n" + toLine(verdict("b")) + "\n" + toLine(measurement("c")) + "\n");
}

TEST_F(DatabaseAppending, FoldersAreMade) {
  append("deep/er/d", {measurement("a")});
  EXPECT_THAT(schedulesIn("deep/er/d"), ElementsAre("a"));
}

TEST_F(DatabaseAppending, TheNextWriterEndsALineThatWasCutOff) {
  const std::string line = toLine(measurement("a"));
  put("d", line + "\n" + line.substr(0, 50));
  append("d", {measurement("b"), measurement("c")});
  EXPECT_EQ(bytesOf("d"), line + "\n" + line.substr(0, 50) + "\n" + toLine(measurement("b")) + "\n" +
                              toLine(measurement("c")) + "\n");
  EXPECT_THAT(schedulesIn("d"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(readDatabase(at("d")).value().badLines, 1U);
}

TEST_F(DatabaseAppending, ALinkIsFollowed) {
  append("target", {measurement("a")});
  fs::create_symlink("target", at("link"));
  append("link", {measurement("b")});
  EXPECT_THAT(schedulesIn("target"), ElementsAre("a", "b"));
}

TEST_F(DatabaseAppending, WhatCannotBeWrittenToIsNamedWithTheReason) {
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

TEST_F(DatabaseAppending, AFolderThatCannotBeMadeIsNamedWithTheReason) {
  fs::create_directory(at("locked"));
  fs::permissions(at("locked"), fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0755));
  const NotRoot notRoot;
  EXPECT_EQ(appendRecords(at("locked/new/d"), {}).error().message,
            "cannot make the folder '" + at("locked/new").native() + "': Permission denied");
}

TEST_F(DatabaseAppending, APathWithAZeroByteIsRefused) {
  put("d", "old");
  const fs::path path(at("d").native() + std::string("\0x", 2));
  EXPECT_THAT(appendRecords(path, several({measurement("a")})).error().message, HasSubstr("zero byte"));
  EXPECT_EQ(bytesOf("d"), "old");
}

TEST_F(DatabaseAppending, AFullDiskLeavesTheFileAsItWas) {
  append("d", {measurement("a")});
  const std::string before = bytesOf("d");
  Result<void> done;
  const std::size_t room = before.size() * 2 + 10; // one more fits, of the next only ten bytes
  {
    const FileSizeLimit limit(room);
    done = appendRecords(at("d"), several({measurement("b"), measurement("c")}));
  }
  EXPECT_EQ(
      done.error().message,
      fmt::format(
          "cannot write '{}': File too large (the limit is {} bytes in a file; raise it with ulimit -f)",
          at("d").native(), room));
  EXPECT_EQ(bytesOf("d"), before);
}

TEST_F(DatabaseAppending, AFileThatNobodyCouldReadIsNotMade) {
  put("d", "");
  fs::resize_file(at("d"), (std::uintmax_t{256} << 20) - 10);
  EXPECT_THAT(appendRecords(at("d"), several({measurement("a")})).error().message,
              HasSubstr("it would have more than 268435456 bytes"));
  EXPECT_EQ(fs::file_size(at("d")), (std::uintmax_t{256} << 20) - 10);
}

TEST_F(DatabaseAppending, ARecordThatNobodyCouldReadIsADefectOfWhoeverMadeIt) {
  Measurement strange = measurement("b");
  strange.seconds = std::numeric_limits<double>::quiet_NaN();
  const Result<void> done = appendRecords(at("d"), several({measurement("a"), strange}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::internal);
  EXPECT_THAT(done.error().message, HasSubstr("a record is wrong: \"seconds\""));
  EXPECT_FALSE(fs::exists(at("d")));
}

} // namespace
} // namespace ninc

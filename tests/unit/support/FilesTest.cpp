#include "support/Files.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "support/TemporaryFiles.h"
#include "tests/unit/support/NotRoot.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Files : public testing::Test {
protected:
  Files() : folder_(*TemporaryDirectory::create("ninc-test")) {}

  fs::path at(const std::string &name) const { return folder_.path() / name; }

  // Hidden files too: a forgotten temporary one would show here.
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder_.path()))
      found.push_back(entry.path().filename().native());
    std::sort(found.begin(), found.end());
    return found;
  }

  void put(const std::string &name, const std::string &bytes) const { std::ofstream(at(name)) << bytes; }

  TemporaryDirectory folder_;
};

// Lets this process write no file beyond `bytes`, as a quota would.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
  rlimit before_{};
};

TEST_F(Files, WhatIsWrittenIsRead) {
  std::string bytes("a\0b\n\xff", 5);
  ASSERT_TRUE(writeAtomically(at("f"), bytes));
  EXPECT_EQ(readFile(at("f")).value(), bytes);
  EXPECT_THAT(names(), ElementsAre("f"));
}

TEST_F(Files, AnEmptyFileIsReadAsNoBytes) {
  put("empty", "");
  EXPECT_EQ(readFile(at("empty")).value(), "");
}

TEST_F(Files, AFileWhoseSizeIsNotKnownIsReadToItsEnd) {
  // Files in /proc say that they have 0 bytes.
  EXPECT_THAT(readFile("/proc/self/status").value(), HasSubstr("Pid:"));
}

TEST_F(Files, AMissingFileIsNamedWithTheReason) {
  EXPECT_EQ(readFile(at("no")).error().message,
            "cannot read '" + at("no").native() + "': No such file or directory");
}

TEST_F(Files, AFolderIsNoFile) {
  EXPECT_THAT(readFile(folder_.path()).error().message, HasSubstr("Is a directory"));
  EXPECT_THAT(writeAtomically(folder_.path(), "x").error().message, HasSubstr("Is a directory"));
}

TEST_F(Files, APathWithAZeroByteIsRefused) {
  put("f", "old");
  fs::path path(at("f").native() + std::string("\0x", 2));
  EXPECT_FALSE(readFile(path));
  EXPECT_FALSE(writeAtomically(path, "new"));
  EXPECT_EQ(readFile(at("f")).value(), "old");
}

TEST_F(Files, MoreThanTheLimitIsNotRead) {
  put("f", "12345");
  EXPECT_EQ(readFile(at("f"), 5).value(), "12345");
  EXPECT_THAT(readFile(at("f"), 4).error().message, HasSubstr("more than 4 bytes"));
  EXPECT_THAT(readFile("/dev/zero", 100000).error().message, HasSubstr("more than 100000 bytes"));
}

TEST_F(Files, WritingReplacesTheOldFileAndKeepsItsPermissions) {
  put("f", "old");
  fs::permissions(at("f"), fs::perms(0750));
  ASSERT_TRUE(writeAtomically(at("f"), "new"));
  EXPECT_EQ(readFile(at("f")).value(), "new");
  EXPECT_EQ(fs::status(at("f")).permissions(), fs::perms(0750));
}

TEST_F(Files, WritingThroughASymbolicLinkReplacesItsTarget) {
  put("target", "old");
  fs::create_symlink("target", at("link"));
  ASSERT_TRUE(writeAtomically(at("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(readFile(at("target")).value(), "new");
}

TEST_F(Files, ANameAsLongAsNamesCanBeIsWritten) {
  std::string name(255, 'n');
  EXPECT_TRUE(writeAtomically(at(name), "x"));
  EXPECT_THAT(names(), ElementsAre(name));
}

TEST_F(Files, AMissingFolderIsAnError) {
  EXPECT_THAT(writeAtomically(at("no/f"), "x").error().message, HasSubstr("No such file or directory"));
}

TEST_F(Files, AnUnwritableFolderIsAnError) {
  fs::create_directory(at("locked"));
  fs::permissions(at("locked"), fs::perms(0555));
  fs::permissions(folder_.path(), fs::perms(0755));
  Result<void> done;
  {
    NotRoot notRoot;
    done = writeAtomically(at("locked/f"), "x");
  }
  EXPECT_THAT(done.error().message, HasSubstr("Permission denied"));
}

TEST_F(Files, AQuotaLeavesTheOldFileAndNothingElse) {
  put("f", "old");
  Result<void> done;
  {
    FileSizeLimit limit(1000);
    done = writeAtomically(at("f"), std::string(100000, 'x'));
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message,
            "cannot write '" + at("f").native() +
                "': File too large (the limit is 1000 bytes in a file; raise it with ulimit -f)");
  EXPECT_EQ(readFile(at("f")).value(), "old");
  EXPECT_THAT(names(), ElementsAre("f"));
}

TEST_F(Files, AFullDiskLeavesTheOldFileAndNothingElse) {
  fs::path disk = at("disk");
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "mounting a small filesystem is not permitted here";
  std::ofstream(disk / "f") << "old";
  Result<void> done = writeAtomically(disk / "f", std::string(1 << 20, 'x'));
  std::string old = readFile(disk / "f").value_or("");
  auto files = std::distance(fs::directory_iterator(disk), fs::directory_iterator());
  umount(disk.c_str());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("No space left on device"));
  EXPECT_EQ(old, "old");
  EXPECT_EQ(files, 1);
}

TEST_F(Files, ADeviceIsWrittenToAndNotReplaced) {
  ASSERT_TRUE(writeAtomically("/dev/null", "x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(Files, AFullDeviceIsAnError) {
  EXPECT_EQ(writeAtomically("/dev/full", "x").error().message,
            "cannot write '/dev/full': No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(Files, APipeNobodyReadsIsAnErrorAndNoSignal) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Result<void> done = writeAtomically("/dev/fd/" + std::to_string(ends[1]), "x");
  close(ends[1]);
  ASSERT_FALSE(done);
}

TEST_F(Files, AFileOpenInThisProcessIsAppendedTo) {
  put("f", "old ");
  std::FILE *open = std::fopen(at("f").c_str(), "a");
  ASSERT_TRUE(writeAtomically("/dev/fd/" + std::to_string(fileno(open)), "new "));
  std::fputs("last", open);
  std::fclose(open);
  EXPECT_EQ(readFile(at("f")).value(), "old new last");
}

TEST_F(Files, ATransactionWritesAllItsFiles) {
  put("a", "old");
  FileTransaction files;
  files.add(at("a"), "new a");
  files.add(at("b"), "new b");
  ASSERT_TRUE(files.commit());
  EXPECT_EQ(readFile(at("a")).value(), "new a");
  EXPECT_EQ(readFile(at("b")).value(), "new b");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(Files, ATransactionWithOneBadPathWritesNothing) {
  put("a", "old");
  FileTransaction files;
  files.add(at("a"), "new a");
  files.add(at("no/b"), "new b");
  EXPECT_THAT(files.commit().error().message, HasSubstr("no/b"));
  EXPECT_EQ(readFile(at("a")).value(), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, ATransactionOverAQuotaWritesNothing) {
  put("a", "old");
  FileTransaction files;
  files.add(at("a"), "new a");
  files.add(at("b"), std::string(100000, 'x'));
  Result<void> done;
  {
    FileSizeLimit limit(1000);
    done = files.commit();
  }
  EXPECT_FALSE(done);
  EXPECT_EQ(readFile(at("a")).value(), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, ATransactionPutsBackWhatItRenamedWhenALaterRenameFails) {
  put("a", "old");
  put("pinned", "old");
  // A mount point can be written but not renamed over: the error comes from the last step.
  if (mount(at("pinned").c_str(), at("pinned").c_str(), nullptr, MS_BIND, nullptr) != 0)
    GTEST_SKIP() << "mounting is not permitted here";
  FileTransaction files;
  files.add(at("a"), "new a");
  files.add(at("fresh"), "new");
  files.add(at("pinned"), "new");
  Result<void> done = files.commit();
  umount(at("pinned").c_str());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("pinned': Device or resource busy"));
  EXPECT_EQ(readFile(at("a")).value(), "old");
  EXPECT_EQ(readFile(at("pinned")).value(), "old");
  EXPECT_THAT(names(), ElementsAre("a", "pinned"));
}

TEST_F(Files, AFifoIsRefusedAtOnce) {
  ASSERT_EQ(mkfifo(at("fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", at("link"));
  for (const char *name : {"fifo", "link"}) {
    const Result<std::string> read = readFile(at(name));
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr("it is a FIFO"));
  }
}

TEST_F(Files, APipeThatIsOpenAlreadyIsReadToItsEnd) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string large(3 << 20, 'x'); // many times what a pipe holds: reading waits for the writer
  std::thread writer([&] {
    EXPECT_EQ(writeOpenFile(ends[1], large), 0);
    close(ends[1]);
  });
  EXPECT_TRUE(readFile("/dev/fd/" + std::to_string(ends[0])).value() == large);
  writer.join();
  close(ends[0]);
}

} // namespace
} // namespace ninc

#include "support/TemporaryFiles.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/Files.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class TemporaryFiles : public testing::Test {
protected:
  TemporaryFiles() : folder_(*TemporaryDirectory::create("ninc-test")) {}

  fs::path at(const std::string &name) const { return folder_.path() / name; }

  TemporaryDirectory folder_;
};

TEST_F(TemporaryFiles, AMemoryFileIsWrittenAndReadByItsPath) {
  MemoryFile file = *MemoryFile::create("numbers");
  ASSERT_TRUE(writeAtomically(file.path(), "1 2 3"));
  EXPECT_EQ(readFile(file.path()).value(), "1 2 3");
  const std::filesystem::path path = file.path();
  { MemoryFile taken = std::move(file); }
  EXPECT_FALSE(readFile(path));
}

TEST_F(TemporaryFiles, ATemporaryDirectoryThatCantBeMadeNamesTheFolder) {
  const char *named = std::getenv("TMPDIR");
  const std::string before = named ? named : "";
  setenv("TMPDIR", "/nowhere/at/all", 1);
  const Result<TemporaryDirectory> made = TemporaryDirectory::create();
  named ? setenv("TMPDIR", before.c_str(), 1) : unsetenv("TMPDIR");
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("'/nowhere/at/all'"), std::string::npos) << made.error().message;
}

TEST_F(TemporaryFiles, ATemporaryDirectoryIsMadeOnlyWhereOthersCantExchangeIt) {
  fs::create_directory(at("t"));
  for (const mode_t mode : {0777, 0770}) {
    chmod(at("t").c_str(), mode);
    const Result<TemporaryDirectory> made = TemporaryDirectory::createIn(at("t"), "ninc");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().message, HasSubstr("other users could put another one in its place"));
  }
  chmod(at("t").c_str(), 01777);
  EXPECT_TRUE(TemporaryDirectory::createIn(at("t"), "ninc"));
}

TEST_F(TemporaryFiles, ATemporaryDirectoryIsMadeInFoldersAlone) {
  ASSERT_TRUE(writeAtomically(at("t"), "text"));
  chmod(at("t").c_str(), 0666);
  const Result<TemporaryDirectory> made = TemporaryDirectory::createIn(at("t"), "ninc");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("Not a directory"));
}

TEST_F(TemporaryFiles, ATemporaryDirectoryGoesWithAllItHolds) {
  fs::path path;
  {
    TemporaryDirectory directory = *TemporaryDirectory::create();
    path = directory.path();
    fs::create_directories(path / "deep/er");
    std::ofstream(path / "deep/er/f") << "x";
    TemporaryDirectory moved = std::move(directory);
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

} // namespace
} // namespace ninc

#include "support/PrivateFolder.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/Files.h"
#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t limit = 1 << 20;

class PrivateFolders : public testing::Test {
protected:
  fs::path at(const std::string &name) const { return fs::canonical(folder_.path()) / name; }
  static mode_t modeOf(const fs::path &path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }
  static void put(const fs::path &path, const std::string &text) {
    std::ofstream(path) << text;
    chmod(path.c_str(), 0600);
  }
  static PrivateFolder opened(const fs::path &path) {
    Result<PrivateFolder> folder = PrivateFolder::open(path);
    EXPECT_TRUE(folder) << folder.error().message;
    return std::move(*folder);
  }
  static std::string whyNot(const fs::path &path) {
    const Result<PrivateFolder> folder = PrivateFolder::open(path);
    return folder ? "" : folder.error().message;
  }

private:
  TemporaryDirectory folder_ = *TemporaryDirectory::create("ninc-private");
};

class Umask {
public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  Umask(const Umask &) = delete;
  Umask &operator=(const Umask &) = delete;
  ~Umask() { umask(before_); }

private:
  mode_t before_;
};

TEST_F(PrivateFolders, AreMadeForThisUserAlone) {
  for (const mode_t mask : {0, 022, 0777}) {
    const Umask masked(mask);
    const std::string name = "new" + std::to_string(mask);
    EXPECT_EQ(opened(at(name + "/deep/er")).path(), at(name + "/deep/er"));
    for (const char *part : {"", "/deep", "/deep/er"})
      EXPECT_EQ(modeOf(at(name + part)), 0700U) << mask;
  }
}

TEST_F(PrivateFolders, TheirPathsMayHaveLinksAndDotsAndSlashes) {
  const fs::path real = opened(at("real")).path();
  fs::create_directory_symlink(real, at("link"));
  for (const char *name : {"link", "real/", "link/", "link//.", "real/../link", "missing/../real"})
    EXPECT_EQ(opened(at(name)).path(), real) << name;
}

TEST_F(PrivateFolders, OthersMayNotWriteToThem) {
  opened(at("open"));
  for (const mode_t mode : {0777, 0770, 0702, 01777}) {
    chmod(at("open").c_str(), mode);
    EXPECT_EQ(whyNot(at("open")),
              "'" + at("open").native() + "' can be written to by other users (chmod go-w)");
  }
  chmod(at("open").c_str(), 0755); // reading is no harm
  EXPECT_EQ(whyNot(at("open")), "");
}

TEST_F(PrivateFolders, NobodyElseMayExchangeAFolderOnTheWay) {
  opened(at("way/to/it"));
  chmod(at("way").c_str(), 0777);
  EXPECT_THAT(whyNot(at("way/to/it")), HasSubstr("way' can be written to by other users"));
  EXPECT_THAT(whyNot(at("way/new")), HasSubstr("way' can be written to by other users"));
  EXPECT_FALSE(fs::exists(at("way/new")));
  chmod(at("way").c_str(), 01777); // as /tmp
  EXPECT_EQ(whyNot(at("way/to/it")), "");
}

TEST_F(PrivateFolders, OnesOfOtherUsersArentTaken) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t other = 65534;
  opened(at("theirs/mine"));
  ASSERT_EQ(chown(at("theirs").c_str(), other, other), 0);
  EXPECT_THAT(whyNot(at("theirs")), HasSubstr("theirs' belongs to another user"));
  EXPECT_THAT(whyNot(at("theirs/mine")), HasSubstr("theirs' belongs to another user"));
}

TEST_F(PrivateFolders, WhatIsNoFolderIsSaidToBeNone) {
  put(at("file"), "");
  fs::create_symlink(at("nowhere/at/all"), at("dangling"));
  EXPECT_THAT(whyNot(at("file")), HasSubstr("file' is no folder"));
  EXPECT_NE(whyNot(at("file/in")), "");
  EXPECT_NE(whyNot(at("dangling")), "");
  EXPECT_THAT(whyNot("relative"), HasSubstr("no absolute path"));
  EXPECT_NE(whyNot(""), "");
  EXPECT_NE(whyNot(at(std::string(300, 'x'))), "");
}

TEST_F(PrivateFolders, WhatWasPutThereIsRead) {
  const PrivateFolder folder = opened(at("f"));
  const Umask masked(0);
  ASSERT_TRUE(folder.replace("a", "one"));
  ASSERT_TRUE(folder.replace("a", "two"));
  EXPECT_EQ(folder.read("a", limit), "two");
  EXPECT_EQ(modeOf(at("f/a")), 0600U);
  EXPECT_EQ(folder.read("a", 2), std::nullopt);
  EXPECT_EQ(folder.read("b", limit), std::nullopt);
  EXPECT_TRUE(folder.mayExecute("a"));
}

TEST_F(PrivateFolders, WhatLiesInAnEntrysPlaceIsNotReadAndGivesWay) {
  const PrivateFolder folder = opened(at("f"));
  put(at("secret"), "stays");
  fs::create_symlink(at("secret"), at("f/link"));
  fs::create_symlink(at("nowhere"), at("f/dangling"));
  mkfifo(at("f/fifo").c_str(), 0600);
  fs::create_directory(at("f/folder"));
  put(at("f/writable"), "x");
  chmod(at("f/writable").c_str(), 0666);
  for (const char *name : {"link", "dangling", "fifo", "folder", "writable"}) {
    EXPECT_EQ(folder.read(name, limit), std::nullopt) << name;
    EXPECT_TRUE(folder.replace(name, "new")) << name;
    EXPECT_EQ(folder.read(name, limit), "new") << name;
  }
  EXPECT_EQ(readFile(at("secret")).value(), "stays");
  EXPECT_FALSE(fs::exists(at("nowhere")));
}

TEST_F(PrivateFolders, AFolderWithSomethingInItStays) {
  const PrivateFolder folder = opened(at("f"));
  fs::create_directories(at("f/full/of"));
  const Result<void> replaced = folder.replace("full", "new");
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message, HasSubstr("full' can't be replaced"));
  EXPECT_EQ(std::distance(fs::directory_iterator(at("f")), {}), 1);
}

TEST_F(PrivateFolders, AQuotaIsAnErrorThatLeavesWhatWasThere) {
  const PrivateFolder folder = opened(at("f"));
  ASSERT_TRUE(folder.replace("a", "old"));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Result<void> replaced = folder.replace("a", std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message, HasSubstr("a' can't be written: File too large"));
  EXPECT_EQ(folder.read("a", limit), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(at("f")), {}), 1);
}

} // namespace
} // namespace ninc

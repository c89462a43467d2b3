// Where outputs go: through links, to streams, never over what keeps the machine running.
#include "support/OutputPlace.h"

#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/Files.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/support/NotRoot.h"

namespace ninc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OutputPlaces : public testing::Test {
protected:
  OutputPlaces() : folder_(*TemporaryDirectory::create()) {}

  fs::path at(const std::string &name) const { return fs::canonical(folder_.path()) / name; }
  void link(const fs::path &to, const std::string &name) const { fs::create_symlink(to, at(name)); }
  void put(const std::string &name, const std::string &bytes) const { std::ofstream(at(name)) << bytes; }
  static std::string refusal(const fs::path &path) {
    const Result<OutputPlace> place = outputPlace(path);
    return place ? "" : place.error().message;
  }

  TemporaryDirectory folder_;
};

TEST_F(OutputPlaces, WhereNothingStandsAFileIsMade) {
  const OutputPlace place = outputPlace(at("f")).value();
  EXPECT_EQ(place.kind, OutputPlace::Kind::nothing);
  EXPECT_EQ(place.target, at("f"));
}

TEST_F(OutputPlaces, LinksAreFollowedToTheirEnd) {
  put("f", "x");
  fs::create_directory(at("sub"));
  link("../f", "sub/first");
  link("sub/first", "second");
  link(at("second"), "third");
  for (const char *name : {"sub/first", "second", "third"}) {
    EXPECT_EQ(outputPlace(at(name))->target, at("f"));
    EXPECT_EQ(outputPlace(at(name))->kind, OutputPlace::Kind::file);
  }
}

TEST_F(OutputPlaces, WhatIsWrittenThroughALinkToNothingIsMadeThere) {
  fs::create_directory(at("sub"));
  link("sub/made", "first");
  link("first", "second");
  ASSERT_TRUE(writeAtomically(at("second"), "x"));
  EXPECT_TRUE(fs::is_symlink(at("second")));
  EXPECT_TRUE(fs::is_symlink(at("first")));
  EXPECT_EQ(readFile(at("sub/made")).value(), "x");
}

TEST_F(OutputPlaces, ALinkIntoAFolderThatIsntThereIsAnError) {
  link("no/such", "link");
  EXPECT_THAT(refusal(at("link")), HasSubstr("No such file or directory"));
  EXPECT_FALSE(writeAtomically(at("link"), "x"));
  EXPECT_EQ(fs::read_symlink(at("link")), "no/such");
}

TEST_F(OutputPlaces, ALoopOfLinksIsAnError) {
  link("b", "a");
  link("a", "b");
  EXPECT_THAT(refusal(at("a")), HasSubstr("Too many levels of symbolic links"));
}

// As the system's /dev/stdout is, where it is closed or /proc isn't mounted. That link itself isn't tried
// here.
TEST_F(OutputPlaces, ALinkToADescriptorThatIsntOpenStays) {
  for (const char *to :
       {"/proc/self/fd/987", "/dev/fd/987", "/proc/987654321/fd/1", "/dev/ninc-has-no-such-device"}) {
    link(to, "link");
    EXPECT_THAT(refusal(at("link")), HasSubstr("it leads to '")) << to;
    EXPECT_FALSE(writeAtomically(at("link"), "x"));
    FileTransaction both;
    both.add(at("link"), "x");
    both.add(at("other"), "x");
    EXPECT_FALSE(both.commit());
    EXPECT_FALSE(fs::exists(at("other")));
    EXPECT_EQ(fs::read_symlink(at("link")), to);
    EXPECT_FALSE(fs::exists(to));
    fs::remove(at("link"));
  }
  EXPECT_THAT(refusal("/proc/self/fd/987"), HasSubstr("No such file or directory"));
  EXPECT_THAT(refusal("/dev/ninc-has-no-such-device"), HasSubstr("No such file or directory"));
}

TEST_F(OutputPlaces, AnOpenFileIsAStreamUnderAnyName) {
  put("f", "first ");
  const int file = ::open(at("f").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  const std::string number = std::to_string(file);
  link("/dev/fd/" + number, "link");
  link("link", "link of link");
  for (const fs::path &path : {fs::path("/dev/fd/" + number), fs::path("/proc/self/fd/" + number),
                               fs::path("/proc/" + std::to_string(getpid()) + "/fd/" + number),
                               fs::path("/proc/thread-self/fd/" + number), at("link"), at("link of link")}) {
    EXPECT_TRUE(isStream(path)) << path;
    EXPECT_EQ(outputPlace(path)->descriptor, file) << path;
    EXPECT_TRUE(writeAtomically(path, "x")) << path;
  }
  ::close(file);
  EXPECT_EQ(readFile(at("f")).value(), "first xxxxxx");
  EXPECT_TRUE(fs::is_symlink(at("link")));
}

TEST_F(OutputPlaces, ADescriptorThatIsntOpenForWritingIsAnError) {
  put("f", "old");
  const int file = ::open(at("f").c_str(), O_RDONLY | O_CLOEXEC);
  const fs::path path = "/dev/fd/" + std::to_string(file);
  EXPECT_THAT(refusal(path), HasSubstr("isn't open for writing"));
  EXPECT_FALSE(writeAtomically(path, "x"));
  ::close(file);
  EXPECT_EQ(readFile(at("f")).value(), "old");
}

TEST_F(OutputPlaces, PipesAndDevicesAreStreams) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  link("/dev/null", "link");
  for (const fs::path &path : {at("pipe"), at("link"), fs::path("/dev/null"), fs::path("/dev/full")})
    EXPECT_TRUE(isStream(path)) << path;
  ASSERT_TRUE(writeAtomically(at("link"), "x"));
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputPlaces, FoldersAreNone) {
  fs::create_directory(at("sub"));
  link("sub", "link");
  for (const fs::path &path : {at("sub"), at("sub/"), at("link"), at("sub/."), at("sub/.."), at("new/")})
    EXPECT_FALSE(outputPlace(path)) << path;
  EXPECT_THAT(refusal(at("sub")), HasSubstr("Is a directory"));
}

TEST_F(OutputPlaces, WhoMayNotWriteIsToldBeforehand) {
  put("f", "old");
  fs::create_directory(at("locked"));
  put("locked/f", "old");
  fs::permissions(at("f"), fs::perms(0444));
  fs::permissions(at("locked"), fs::perms(0555));
  EXPECT_TRUE(writablePlace(at("new")));
  fs::permissions(folder_.path(), fs::perms(0755));
  const NotRoot notRoot;
  for (const char *name : {"f", "locked/new", "locked/f"}) {
    const Result<OutputPlace> place = writablePlace(at(name));
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().message, HasSubstr("Permission denied"));
  }
}

} // namespace
} // namespace ninc

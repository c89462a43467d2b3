#include "tools/NamedFile.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "support/TemporaryFiles.h"

namespace ninc {
namespace {

using testing::HasSubstr;

const std::vector<std::string> one{"image"}, two{"image", "mask"};

// "0 x.npy", or the error.
std::string parsed(const std::string &argument, const std::vector<std::string> &names) {
  const Result<NamedFile> file = parseNamedFile("input", argument, names);
  if (file) return std::to_string(file->index) + " " + file->file;
  EXPECT_EQ(file.error().kind, ErrorKind::usage);
  return file.error().message;
}

// For as long as it lives.
class WorkingDirectory {
public:
  explicit WorkingDirectory(const std::filesystem::path &folder) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  WorkingDirectory(const WorkingDirectory &) = delete;
  WorkingDirectory &operator=(const WorkingDirectory &) = delete;
  ~WorkingDirectory() { std::filesystem::current_path(before_); }

private:
  std::filesystem::path before_;
};

TEST(NamedFile, CutsANameOff) {
  EXPECT_EQ(parsed("image=x.npy", one), "0 x.npy");
  EXPECT_EQ(parsed("mask=x.npy", two), "1 x.npy");
  EXPECT_EQ(parsed("mask=/tmp/x.npy", two), "1 /tmp/x.npy");
}

TEST(NamedFile, TakesAFileAloneWhereThereIsNoChoice) {
  EXPECT_EQ(parsed("x.npy", one), "0 x.npy");
  EXPECT_EQ(parsed("runs/x", one), "0 runs/x");
  EXPECT_THAT(parsed("x.npy", two),
              HasSubstr("say which input 'x.npy' is for: NAME=x.npy; the model's inputs are "));
}

TEST(NamedFile, LeavesEqualsSignsToPaths) {
  for (const char *path :
       {"runs/lr=0.1/x.npy", "./lr=0.1/x.npy", "/lr=0.1/x.npy", "../image=1.npy", "./=x.npy", "0=x.npy",
        "lr-0=1.npy", "a.b=c.npy", "with blank=1.npy", "./image=", "lr\xc3\xa9=x.npy"})
    EXPECT_EQ(parsed(path, one), std::string("0 ") + path);
  for (const char *path : {"runs/lr=0.1/x.npy", "image=2.npy", "a=b=c", "=", "=x.npy", "x="})
    EXPECT_EQ(parsed(std::string("mask=") + path, two), std::string("1 ") + path);
  EXPECT_THAT(parsed("runs/lr=0.1/x.npy", two), HasSubstr("NAME=runs/lr=0.1/x.npy"));
}

TEST(NamedFile, TakesAFolderForItselfWhereTheModelHasNoSuchName) {
  const auto folder = TemporaryDirectory::create();
  ASSERT_TRUE(folder);
  const WorkingDirectory inside(folder->path());
  std::filesystem::create_directories("lr=0.1/seed=7");
  EXPECT_EQ(parsed("lr=0.1/x.npy", one), "0 lr=0.1/x.npy");
  EXPECT_EQ(parsed("lr=0.1/seed=7/x=y.npy", one), "0 lr=0.1/seed=7/x=y.npy");
  EXPECT_THAT(parsed("lr=0.1/x.npy", two), HasSubstr("NAME=lr=0.1/x.npy"));
  EXPECT_THAT(parsed("lr=0.2/x.npy", one), HasSubstr("no input 'lr'"));
  std::filesystem::create_directory("image=1");
  EXPECT_EQ(parsed("image=1/x.npy", one), "0 1/x.npy"); // the model's name comes first
  std::ofstream("imge=x.npy");
  EXPECT_THAT(parsed("imge=x.npy", one), HasSubstr("did you mean 'image'?"));
}

TEST(NamedFile, ExplainsANameThatTheModelHasnt) {
  EXPECT_EQ(parsed("imge=x.npy", one), "the model has no input 'imge'; did you mean 'image'? (a file called "
                                       "'imge=x.npy' is written ./imge=x.npy)");
  EXPECT_THAT(parsed("lr=0.1/x.npy", one), HasSubstr("no input 'lr'"));
  EXPECT_THAT(parsed("lr=0.1/x.npy", one), HasSubstr("./lr=0.1/x.npy"));
  EXPECT_THAT(parsed("lr=", one), HasSubstr("no input 'lr'"));
}

TEST(NamedFile, RefusesWhatNamesNothing) {
  EXPECT_EQ(parsed("=x.npy", one),
            "--input '=x.npy' has no name before the =; give NAME=FILE, or ./=x.npy for a file of that name");
  EXPECT_THAT(parsed("=", two), HasSubstr("no name before the ="));
  EXPECT_EQ(parsed("image=", one), "--input 'image=' names no file behind the =");
  EXPECT_EQ(parsed("", one), "--input names no file");
  EXPECT_EQ(parsed("", two), "--input names no file");
}

} // namespace
} // namespace ninc

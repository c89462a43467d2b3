#include "support/FileFailure.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace ninc {
namespace {

TEST(FileFailure, SaysWhatCannotBeDoneToWhichFileAndWhy) {
  EXPECT_EQ(cannot("write", "a/b", "it is a folder").value().message, "cannot write 'a/b': it is a folder");
  EXPECT_EQ(cannot("read", "a b", ENOENT).value().message, "cannot read 'a b': No such file or directory");
}

TEST(FileFailure, NamesTheLimitThatWasReached) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string said = cannot("write", "f", EFBIG).value().message;
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(said.find("4096"), std::string::npos) << said;
}

TEST(FileFailure, OfWhatIsBusyIsNoLimit) {
  EXPECT_EQ(cannot("write", "pipe", EAGAIN).value().message,
            "cannot write 'pipe': Resource temporarily unavailable");
}

} // namespace
} // namespace ninc

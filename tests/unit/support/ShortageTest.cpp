#include "support/Shortage.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace ninc {
namespace {

// While it lives, this process has another soft limit.
class Limit {
public:
  Limit(__rlimit_resource_t resource, rlim_t most) : resource_(resource) {
    getrlimit(resource_, &before_);
    const rlimit limit{most, before_.rlim_max};
    setrlimit(resource_, &limit);
  }
  Limit(const Limit &) = delete;
  Limit &operator=(const Limit &) = delete;
  ~Limit() { setrlimit(resource_, &before_); }

private:
  __rlimit_resource_t resource_;
  rlimit before_{};
};

TEST(Shortage, AReasonNamesTheLimitThatWasMet) {
  {
    const Limit files(RLIMIT_NOFILE, 64);
    EXPECT_EQ(reasonWithLimit(EMFILE),
              "Too many open files (the limit is 64 open files; raise it with ulimit -n)");
  }
  const Limit bytes(RLIMIT_FSIZE, 4096);
  EXPECT_EQ(reasonWithLimit(EFBIG),
            "File too large (the limit is 4096 bytes in a file; raise it with ulimit -f)");
  EXPECT_EQ(limitOn(EFBIG), "the limit is 4096 bytes in a file; raise it with ulimit -f");
}

TEST(Shortage, AReasonWithoutALimitIsTheSystems) {
  const Limit bytes(RLIMIT_FSIZE, RLIM_INFINITY);
  EXPECT_EQ(reasonWithLimit(EFBIG), "File too large");
  EXPECT_EQ(limitOn(EFBIG), "");
  EXPECT_EQ(reasonWithLimit(ENOENT), "No such file or directory");
  EXPECT_EQ(limitOn(ENOENT), "");
}

} // namespace
} // namespace ninc

// Who is blamed where using a library crashes the process. Crashes happen in children.
#include "execution/model/Trial.h"

#include <csignal>
#include <cstdlib>
#include <gmock/gmock.h>
#include <sys/mman.h>

#include "support/ForkedTask.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

#if !defined(__SANITIZE_ADDRESS__) // which reserves terabytes, and has handlers of its own

ForkedTask::End endOf(const std::function<void()> &work, ForkLimits limits = {}) {
  limits.collectsWords = true;
  ForkedTask task = ForkedTask::start(
                        [&] {
                          blameCrashesOn("/models/broken.so");
                          work();
                          return std::string("whole");
                        },
                        limits)
                        .value();
  while (task.read()) {
  }
  return task.finish();
}

TEST(BlameCrashesOn, NamesTheLibraryThatCrashes) {
  const ForkedTask::End end = endOf([] { std::raise(SIGSEGV); });
  EXPECT_EQ(howItEnded(end), "code 1");
  EXPECT_THAT(end.words, HasSubstr("'/models/broken.so' is damaged"));
}

TEST(BlameCrashesOn, BlamesNoLibraryWhereMemoryRunsOut) {
  const auto takesAll = [] {
    while (mmap(nullptr, std::size_t{1} << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED) {
    }
    std::abort(); // as packages do that can't go on
  };
  const ForkedTask::End end = endOf(takesAll, {.addressBytes = std::int64_t{1} << 30});
  EXPECT_NE(whatRanOut(end), "");
  EXPECT_EQ(end.words, "");
}

#endif

TEST(TryOut, SaysWhatTheUseSays) {
  EXPECT_TRUE(tryOut("x.so", [] { return Result<void>(); }));
  const Result<void> failed = tryOut("x.so", []() -> Result<void> { return failInternal("no such kernel"); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::internal);
  EXPECT_EQ(failed.error().message, "no such kernel");
}

TEST(TryOut, ACrashOrAnEarlyEndIsTheLibrarysDoing) {
  const Result<void> crashed = tryOut("x.so", []() -> Result<void> {
    std::raise(SIGILL);
    return {};
  });
  ASSERT_FALSE(crashed);
  EXPECT_THAT(crashed.error().message, HasSubstr("'x.so' is damaged"));
  const Result<void> left = tryOut("x.so", []() -> Result<void> { _exit(0); });
  ASSERT_FALSE(left);
  EXPECT_THAT(left.error().message, HasSubstr("it ended that process"));
}

} // namespace
} // namespace ninc

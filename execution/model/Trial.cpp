#include "execution/model/Trial.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/ByteStream.h"
#include "support/ForkedTask.h"
#include "support/Shortage.h"

namespace ninc {

namespace {

constexpr double usual = 10, longest = 600; // seconds

// What a handler says; made before there is one.
std::array<char, 5000> blame; // NOLINT: likewise

void onCrash(int signal, siginfo_t *info, void *context) {
  endIfOut(signal, info, context);
  [[maybe_unused]] const ssize_t said = write(STDERR_FILENO, blame.data(), std::strlen(blame.data()));
  _exit(static_cast<int>(ErrorKind::badInput));
}

} // namespace

void blameCrashesOn(const std::filesystem::path &library) {
#if !defined(__SANITIZE_ADDRESS__) // which has handlers of its own
  fmt::format_to_n(
      blame.data(), blame.size() - 1,
      "ninc: error: '{}' is damaged, or no library that ninc made: running it has crashed this process; "
      "compile it again\n",
      library.string());
  struct sigaction action {};
  action.sa_sigaction = onCrash;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT})
    sigaction(signal, &action, nullptr);
#else
  static_cast<void>(library);
#endif
}

void allowInTrial(double processorSeconds) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  rlimit limit{};
  getrlimit(RLIMIT_CPU, &limit);
  const double most = std::min(processorSeconds, longest) + 1;
  limit.rlim_cur = std::min(limit.rlim_max, static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                                                static_cast<rlim_t>(std::ceil(most)));
  setrlimit(RLIMIT_CPU, &limit);
}

Result<void> tryOut(const std::filesystem::path &library, const std::function<Result<void>()> &use) {
  const auto damaged = [&](const std::string &how) {
    return fail(fmt::format(
        "'{}' is damaged, or no library that ninc made: trying it out in a process of its own, {}; "
        "compile it again",
        library.string(), how));
  };
  auto task = ForkedTask::start(
      [&] {
        allowInTrial(usual);
        // A library that leaves the process by itself encodes nothing.
        return encodeResult(use().map([] { return std::string(); }));
      },
      {.apart = true});
  if (!task) return fail(fmt::format("can't try '{}' out: {}", library.string(), task.error().message));
  const auto end = finishWithin(*task, longest);
  if (!end || (WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGXCPU))
    return damaged("it didn't come to an end");
  if (const std::string reason = whatRanOut(*end); !reason.empty())
    return fail(fmt::format("can't try '{}' out: {}", library.string(), reason));
  if (!endedWell(*end)) return damaged("that ended with " + howItEnded(*end));
  const auto result = decodeResult(end->bytes);
  if (!result) return damaged("it ended that process");
  return result->map([](const std::string &) {});
}

} // namespace ninc

#include "tuner/machine/MeasuringLocks.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <sys/file.h>
#include <thread>

#include "support/PrivateFolder.h"
#include "support/UserFolders.h"

namespace ninc {

namespace {

using Clock = std::chrono::steady_clock;

Result<PrivateFolder> lockFolder() {
  std::string reason = "there is no home folder";
  for (const std::optional<std::filesystem::path> &place : {runtimeDirectory(), cacheHome()}) {
    if (!place) continue;
    Result<PrivateFolder> folder = PrivateFolder::open(*place / "ninc");
    if (folder) return folder;
    reason = folder.error().message;
  }
  return fail(reason);
}

// A lock that is wanted when it is free again is seldom free for long, so this asks often.
bool lockUntil(const Descriptor &file, Clock::time_point end) {
  constexpr std::chrono::microseconds pause(500);
  while (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || Clock::now() >= end) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

} // namespace

MeasuringLocks::MeasuringLocks(std::vector<std::string> names, std::chrono::milliseconds &patience) {
  const Result<PrivateFolder> folder = lockFolder();
  if (!folder) return;
  const Clock::time_point end = Clock::now() + patience;
  std::ranges::sort(names); // in one order, so that two processes never wait for each other
  for (const std::string &name : names) {
    Descriptor file = folder->openLock(fmt::format("measuring-{}.lock", name));
    if (file.open() && lockUntil(file, end)) files_.push_back(std::move(file));
  }
  if (Clock::now() >= end && files_.size() < names.size()) patience = std::chrono::milliseconds(0);
}

std::string whyNoMeasuringLocks() {
  const Result<PrivateFolder> folder = lockFolder();
  return folder ? "" : folder.error().message;
}

} // namespace ninc

#include "tuner/MeasuringLocks.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace ninc {

MeasuringLocks::MeasuringLocks(std::vector<std::string> names) {
  std::ranges::sort(names); // in one order, so that two processes never wait for each other
  std::error_code error;    // a system without such a folder has no locks
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  for (const std::string &name : names) {
    const std::string path = (folder / fmt::format("ninc-measuring-{}-{}", getuid(), name)).string();
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) continue;
    files_.push_back(file);
    while (flock(file, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
}

MeasuringLocks::~MeasuringLocks() {
  for (const int file : files_)
    close(file);
}

} // namespace ninc

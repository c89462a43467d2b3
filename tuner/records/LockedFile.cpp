#include "tuner/records/LockedFile.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "support/FileFailure.h"
#include "support/Files.h"

namespace ninc {

namespace fs = std::filesystem;

namespace {

// Calls a system function until no signal comes between.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// 0 or the error's number; EWOULDBLOCK: somebody else has the lock and keeps it.
int lockWithin(int descriptor, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds pause(1);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR && (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= end)) return errno;
    std::this_thread::sleep_for(pause);
  }
  return 0;
}

} // namespace

LockedFile::~LockedFile() {
  if (descriptor_ < 0) return;
  // A process that was forked meanwhile shares the lock, and closing alone would leave it with that one.
  ::flock(descriptor_, LOCK_UN);
  ::close(descriptor_);
}

Result<LockedFile> LockedFile::openUnlocked(const fs::path &path) {
  const auto attempt = [&] {
    return uninterrupted([&] {
      return ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    });
  };
  int descriptor = attempt();
  if (descriptor < 0 && errno == ENOENT && path.has_parent_path()) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return cannot("make the folder", path.parent_path(), error.value());
    descriptor = attempt();
  }
  if (descriptor < 0) return cannot("write", path, errno);
  LockedFile file(descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return cannot("write", path, errno);
  if (!S_ISREG(status.st_mode)) return cannot("write", path, "it isn't a regular file");
  return file;
}

Result<LockedFile> LockedFile::open(const fs::path &path, std::chrono::milliseconds patience) {
  if (path.native().find('\0') != std::string::npos)
    return cannot("write", path.c_str(), "the path holds a zero byte");
  // Each further attempt means that somebody pruned while this process waited. A filesystem that gives one
  // file two identities would let it try forever.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    Result<LockedFile> file = openUnlocked(path);
    if (!file) return file;
    const int error = lockWithin(file->descriptor_, patience);
    if (error == EWOULDBLOCK)
      return cannot("lock", path,
                    fmt::format("another process has kept it locked for {:.3g} s (fuser -v tells which one)",
                                std::chrono::duration<double>(patience).count()));
    if (error != 0) return cannot("lock", path, error);
    if (file->standsAt(path)) return file;
  }
  return cannot("lock", path, "it is replaced again and again");
}

bool LockedFile::standsAt(const fs::path &path) const {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor_, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<void> LockedFile::append(const fs::path &path, std::span<const std::string> lines) const {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) return cannot("write", path, errno);
  char last = '\n';
  if (before.st_size > 0 &&
      uninterrupted([&] { return ::pread(descriptor_, &last, 1, before.st_size - 1); }) < 0)
    return cannot("read", path, errno);
  const std::string_view endOfCutLine = last == '\n' ? "" : "\n";

  std::uint64_t size = static_cast<std::uint64_t>(before.st_size) + endOfCutLine.size();
  for (const std::string &line : lines)
    size += line.size() + 1;
  if (size > largestDatabase)
    return cannot("write", path, fmt::format("it would have more than {} bytes", largestDatabase));

  std::string bytes(endOfCutLine);
  for (const std::string &line : lines) {
    bytes.append(line).push_back('\n');
    if (const int error = writeOpenFile(descriptor_, bytes)) {
      [[maybe_unused]] const int hopeless = ::ftruncate(descriptor_, before.st_size);
      return cannot("write", path, error);
    }
    bytes.clear();
  }
  return {};
}

} // namespace ninc

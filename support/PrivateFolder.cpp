#include "support/PrivateFolder.h"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "support/Files.h"
#include "support/FolderTrust.h"
#include "support/TerminationDeferred.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

std::string reasonOf(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Error> failAt(const fs::path &folder, std::string_view reason) {
  return fail(fmt::format("'{}' {}", folder.native(), reason));
}

std::string flaw(const struct stat &status) {
  if (status.st_uid != ::geteuid()) return "belongs to another user";
  if (othersMayWrite(status)) return "can be written to by other users (chmod go-w)";
  return {};
}

Descriptor openFolderIn(int parent, const char *name) {
  return Descriptor(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Not through a link, and waits for nobody, should it be a FIFO.
Descriptor openFileIn(int folder, const std::string &name) {
  return Descriptor(
      ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

// The folder of that name, made if it isn't there.
Result<Descriptor> stepInto(int parent, const fs::path &name, const fs::path &shown) {
  Descriptor folder = openFolderIn(parent, name.c_str());
  if (folder.open()) return folder;
  if (errno == ENOENT) {
    if (::mkdirat(parent, name.c_str(), S_IRWXU) == 0)
      ::fchmodat(parent, name.c_str(), S_IRWXU, 0); // whatever the process's mask is
    else if (errno != EEXIST)                       // another process was faster
      return failAt(shown, fmt::format("can't be made: {}", reasonOf(errno)));
    folder = openFolderIn(parent, name.c_str());
  }
  if (folder.open()) return folder;
  return failAt(shown, errno == ENOTDIR || errno == ELOOP
                           ? "is no folder"
                           : fmt::format("can't be opened: {}", reasonOf(errno)));
}

} // namespace

Result<PrivateFolder> PrivateFolder::open(const fs::path &folder) {
  if (!folder.is_absolute()) return failAt(folder, "is no absolute path");
  std::error_code error;
  fs::path whole = fs::weakly_canonical(folder, error);
  if (error) return failAt(folder, fmt::format("can't be reached: {}", error.message()));
  if (!whole.has_filename()) whole = whole.parent_path(); // "/a/": the empty name behind the slash

  fs::path reached = "/";
  Descriptor current(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!current.open()) return failAt(reached, reasonOf(errno));
  const fs::path way = whole.relative_path();
  struct stat status {};
  for (const fs::path &name : way) {
    if (::fstat(current.number(), &status) != 0) return failAt(reached, reasonOf(errno));
    if (const std::string bad = flawOnTheWay(status); !bad.empty()) return failAt(reached, bad);
    reached /= name;
    Result<Descriptor> next = stepInto(current.number(), name, reached);
    if (!next) return tl::unexpected(next.error());
    current = std::move(*next);
  }
  if (::fstat(current.number(), &status) != 0) return failAt(reached, reasonOf(errno));
  if (const std::string bad = flaw(status); !bad.empty()) return failAt(reached, bad);
  return PrivateFolder(std::move(current), reached);
}

std::optional<std::string> PrivateFolder::read(const std::string &name, std::uint64_t limit) const {
  const Descriptor file = openFileIn(folder_.number(), name);
  struct stat status {};
  if (!file.open() || ::fstat(file.number(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || othersMayWrite(status)) return std::nullopt;
  Result<std::string> bytes = readOpenFile(file.number(), path_ / name, limit);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

bool PrivateFolder::mayExecute(const std::string &name) const {
  const Descriptor file = openFileIn(folder_.number(), name);
  if (!file.open()) return false;
  void *mapped = ::mmap(nullptr, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.number(), 0);
  if (mapped == MAP_FAILED) return false;
  ::munmap(mapped, 1);
  return true;
}

Result<void> PrivateFolder::replace(const std::string &name, std::string_view bytes) const {
  const TerminationDeferred untilRenamed;
  const auto failed = [&](const fs::path &what, std::string_view doing, int error) {
    return failAt(path_ / what, fmt::format("can't be {}: {}", doing, reasonOf(error)));
  };
  std::string temporary;
  int descriptor = -1;
  for (unsigned attempt = 0; descriptor < 0; ++attempt) {
    temporary = fmt::format(".{}-{}.tmp", ::getpid(), attempt);
    descriptor = ::openat(folder_.number(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          S_IRUSR | S_IWUSR);
    if (descriptor < 0 && errno != EEXIST && errno != EINTR) return failed(name, "written", errno);
  }
  const Descriptor file(descriptor);
  int error = ::fchmod(file.number(), S_IRUSR | S_IWUSR) == 0 ? 0 : errno;
  if (error == 0) error = writeOpenFile(file.number(), bytes);
  if (error == 0 && ::fsync(file.number()) != 0 && errno != EINVAL) error = errno;
  std::string_view doing = "written";
  if (error == 0) {
    ::unlinkat(folder_.number(), name.c_str(), AT_REMOVEDIR); // does nothing to what is no empty folder
    if (::renameat(folder_.number(), temporary.c_str(), folder_.number(), name.c_str()) == 0) return {};
    error = errno;
    doing = "replaced";
  }
  ::unlinkat(folder_.number(), temporary.c_str(), 0);
  return failed(name, doing, error);
}

Descriptor PrivateFolder::openLock(const std::string &name) const {
  Descriptor file(::openat(folder_.number(), name.c_str(),
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
                           S_IRUSR | S_IWUSR));
  struct stat status {};
  if (file.open() && ::fstat(file.number(), &status) == 0 && S_ISREG(status.st_mode)) return file;
  return Descriptor(-1);
}

} // namespace ninc

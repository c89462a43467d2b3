#include "support/TemporaryFiles.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "support/Descriptor.h"
#include "support/FileFailure.h"
#include "support/Files.h"
#include "support/FolderTrust.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

bool programsMayRunIn(const TemporaryDirectory &folder) {
  struct statvfs mount {};
  return ::statvfs(folder.path().c_str(), &mount) == 0 && !(mount.f_flag & ST_NOEXEC);
}

} // namespace

Result<MemoryFile> MemoryFile::create(const std::string &name) {
  // Some of these files are run, which a system may allow to those alone that say so (Linux 6.3).
  constexpr unsigned forRunning = 0x10; // MFD_EXEC
  int descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC | forRunning);
  if (descriptor < 0 && errno == EINVAL) descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (descriptor < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
    return cannot("make a file in memory for", name, errno);
  MemoryFile file(descriptor);
  struct stat made {
  }, named{};
  if (descriptor < 0 || ::fstat(descriptor, &made) != 0 || ::stat(file.path().c_str(), &named) != 0 ||
      made.st_ino != named.st_ino || made.st_dev != named.st_dev)
    return onDisk();
  return file;
}

Result<MemoryFile> MemoryFile::onDisk() {
  Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  for (const char *other : {"/dev/shm", "/var/tmp"}) {
    if (folder && programsMayRunIn(*folder)) break;
    Result<TemporaryDirectory> instead = TemporaryDirectory::createIn(other, "ninc");
    if (instead && (!folder || programsMayRunIn(*instead))) folder = std::move(instead);
  }
  if (!folder)
    return fail(
        fmt::format("there is no /proc and no place for temporary files: {}", folder.error().message));
  MemoryFile file(std::move(*folder));
  const Descriptor made(
      ::open(file.path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700));
  if (!made.open()) return cannot("write", file.path(), errno);
  if (::fchmod(made.number(), 0700) != 0) return cannot("write", file.path(), errno);
  return file;
}

Result<MemoryFile> MemoryFile::holding(const std::string &name, std::string_view bytes) {
  Result<MemoryFile> file = create(name);
  if (!file) return file;
  if (auto written = writeAtomically(file->path(), bytes); !written) return tl::unexpected(written.error());
  return file;
}

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

MemoryFile::MemoryFile(MemoryFile &&other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), folder_(std::exchange(other.folder_, std::nullopt)) {
}

MemoryFile &MemoryFile::operator=(MemoryFile &&other) noexcept {
  std::swap(descriptor_, other.descriptor_); // what was ours goes with `other`
  std::swap(folder_, other.folder_);
  return *this;
}

fs::path MemoryFile::path() const {
  if (folder_) return folder_->path() / "file";
  return fmt::format("/proc/self/fd/{}", descriptor_);
}

fs::path MemoryFile::pathForOthers() const {
  if (folder_) return path();
  // As /proc numbers processes: it may be another namespace's.
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self", error);
  return fmt::format("/proc/{}/fd/{}", error ? std::to_string(::getpid()) : self.native(), descriptor_);
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  const char *named = std::getenv("TMPDIR");
  return createIn(named && *named ? named : "/tmp", prefix);
}

Result<TemporaryDirectory> TemporaryDirectory::createIn(const fs::path &parent, std::string_view prefix) {
  struct stat status {};
  if (::stat(parent.c_str(), &status) != 0) return cannot("make a temporary folder in", parent, errno);
  if (!S_ISDIR(status.st_mode)) return cannot("make a temporary folder in", parent, ENOTDIR);
  if (!flawOnTheWay(status).empty())
    return cannot("make a temporary folder in", parent, "other users could put another one in its place");
  std::string pattern = (parent / fmt::format("{}-XXXXXX", prefix)).native();
  if (!::mkdtemp(pattern.data())) return cannot("make a temporary folder in", parent, errno);
  return TemporaryDirectory(pattern);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored; // nothing can be done about what can't be removed
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory &&other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory &TemporaryDirectory::operator=(TemporaryDirectory &&other) noexcept {
  std::swap(path_, other.path_); // what was ours goes with `other`
  return *this;
}

} // namespace ninc

#include "support/Files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "support/Descriptor.h"
#include "support/FileFailure.h"
#include "support/OutputPlace.h"
#include "support/TerminationDeferred.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

// C strings end at a zero byte: such a path would silently name another file.
bool namesOneFile(const fs::path &path) {
  return path.native().find('\0') == std::string::npos;
}

// While it lives, a file-size limit or a closed pipe shows as EFBIG or EPIPE of write(2) instead of killing
// the process by SIGXFSZ or SIGPIPE. Both signals go to the thread that writes, so blocking them in this
// thread and swallowing the pending one touches nobody else.
class WriteSignalsBlocked {
public:
  WriteSignalsBlocked() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGXFSZ);
    sigaddset(&signals_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  WriteSignalsBlocked(const WriteSignalsBlocked &) = delete;
  WriteSignalsBlocked &operator=(const WriteSignalsBlocked &) = delete;
  ~WriteSignalsBlocked() {
    int error = errno;
    timespec atOnce{};
    while (sigtimedwait(&signals_, nullptr, &atOnce) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }

private:
  sigset_t signals_, before_;
};

// 0 or the error's number.
int writeAll(int descriptor, std::string_view bytes) {
  WriteSignalsBlocked blocked;
  constexpr std::size_t chunk = std::size_t{1} << 30; // write(2) takes less than 2^31 bytes at once
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), std::min(bytes.size(), chunk));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// Names that stand for an open file of this process.
bool namesOpenFile(const fs::path &path) {
  std::string name = path.lexically_normal().native();
  return name == "/dev/stdin" || name == "/dev/stdout" || name == "/dev/stderr" ||
         name.starts_with("/dev/fd/") || name.starts_with("/proc/");
}

// An open file of this process goes on where it is; what else is opened anew ends what it has.
Result<void> writeDirectly(const fs::path &path, const OutputPlace &place, std::string_view bytes) {
  Descriptor file(place.descriptor >= 0 ? ::fcntl(place.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                        : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY));
  if (!file.open()) return cannot("write", path, errno);
  if (int error = writeAll(file.number(), bytes)) return cannot("write", path, error);
  if (int error = file.close()) return cannot("write", path, error);
  return {};
}

// A file on its way to its place: written under `temporary`, meant for the place's target.
class PendingFile {
public:
  explicit PendingFile(fs::path shown) : shown_(std::move(shown)) {}
  PendingFile(PendingFile &&) = default;
  PendingFile &operator=(PendingFile &&) = delete;
  ~PendingFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (!backup_.empty()) ::unlink(backup_.c_str());
  }

  bool direct() const { return place_.kind == OutputPlace::Kind::stream; }

  // Finds out what stands at the path.
  Result<void> inspect() {
    Result<OutputPlace> place = outputPlace(shown_);
    if (!place) return tl::unexpected(place.error());
    place_ = std::move(*place);
    return {};
  }

  Result<void> writeDirectly(std::string_view bytes) const {
    return ninc::writeDirectly(shown_, place_, bytes);
  }

  // Writes the bytes under a temporary name beside the target.
  Result<void> write(std::string_view bytes) {
    int descriptor = -1;
    fs::path candidate;
    for (unsigned attempt = 0; descriptor < 0; ++attempt) {
      candidate = siblingName("tmp", attempt);
      descriptor = ::open(candidate.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor < 0 && errno != EEXIST && errno != EINTR) return cannot("write", shown_, errno);
    }
    temporary_ = candidate;
    Descriptor file(descriptor);
    if (int error = writeAll(file.number(), bytes)) return cannot("write", shown_, error);
    if (existed() && ::fchmod(file.number(), place_.mode) != 0) return cannot("write", shown_, errno);
    if (::fsync(file.number()) != 0 && errno != EINVAL) return cannot("write", shown_, errno);
    if (int error = file.close()) return cannot("write", shown_, error);
    return {};
  }

  // Keeps the old file reachable under another name. Filesystems without hard links do without.
  void keepOld() {
    if (!existed()) return;
    for (unsigned attempt = 0;; ++attempt) {
      fs::path candidate = siblingName("old", attempt);
      if (::link(place_.target.c_str(), candidate.c_str()) == 0) {
        backup_ = candidate;
        return;
      }
      if (errno != EEXIST) return;
    }
  }

  Result<void> moveIntoPlace() {
    if (::rename(temporary_.c_str(), place_.target.c_str()) != 0) return cannot("write", shown_, errno);
    temporary_.clear();
    return {};
  }

  void moveBack() {
    if (!backup_.empty()) {
      if (::rename(backup_.c_str(), place_.target.c_str()) == 0) backup_.clear();
    } else if (!existed()) {
      ::unlink(place_.target.c_str());
    }
  }

private:
  bool existed() const { return place_.kind == OutputPlace::Kind::file; }

  // Short, since the target's own name may already be as long as a name can be.
  fs::path siblingName(std::string_view purpose, unsigned attempt) const {
    return place_.target.parent_path() / fmt::format(".ninc-{}-{}.{}", ::getpid(), attempt, purpose);
  }

  fs::path shown_; // as the user wrote it
  OutputPlace place_;
  fs::path temporary_, backup_;
};

} // namespace

Result<std::string> readFile(const fs::path &path, std::uint64_t limit) {
  if (!namesOneFile(path)) return cannot("read", path, "the path holds a zero byte");
  // Without O_NONBLOCK a FIFO's open waits for a writer. What is read then waits as usual.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.open()) return cannot("read", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return cannot("read", path, errno);
  if (S_ISFIFO(status.st_mode) && !namesOpenFile(path))
    return cannot(
        "read", path,
        "it is a FIFO, and nobody may ever write to it; hand it over open, as /dev/stdin or <(...)");
  if (const int flags = ::fcntl(file.number(), F_GETFL);
      flags < 0 || ::fcntl(file.number(), F_SETFL, flags & ~O_NONBLOCK) != 0)
    return cannot("read", path, errno);
  return readOpenFile(file.number(), path, limit);
}

Result<std::string> readOpenFile(int descriptor, const fs::path &path, std::uint64_t limit) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return cannot("read", path, errno);
  if (S_ISDIR(status.st_mode)) return cannot("read", path, EISDIR);
  std::string tooLarge = fmt::format("it has more than {} bytes, the most that is read here", limit);
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (S_ISREG(status.st_mode) && size > limit) return cannot("read", path, tooLarge);

  // A regular file's size is a good guess but no promise (/proc says 0, another process may append), so
  // reading goes on until the end; one byte of room more lets a right guess end without growing.
  std::string bytes;
  try {
    bytes.resize(static_cast<std::size_t>(std::max<std::uint64_t>(size, 4096)) + 1);
    std::size_t used = 0;
    for (;;) {
      if (used == bytes.size()) bytes.resize(bytes.size() * 2);
      ssize_t count =
          ::read(descriptor, bytes.data() + used, std::min(bytes.size() - used, std::size_t{1} << 30));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return cannot("read", path, errno);
      if (count == 0) break;
      used += static_cast<std::size_t>(count);
      if (used > limit) return cannot("read", path, tooLarge);
    }
    bytes.resize(used);
  } catch (const std::bad_alloc &) {
    return cannot("read", path, ENOMEM);
  }
  return bytes;
}

bool readsOnce(const fs::path &path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return false;
  return !S_ISREG(status.st_mode) || namesOpenFile(path);
}

int writeOpenFile(int descriptor, std::string_view bytes) {
  return writeAll(descriptor, bytes);
}

Result<void> writeAtomically(const fs::path &path, std::string_view bytes) {
  PendingFile file(path);
  if (Result<void> done = file.inspect(); !done) return done;
  if (file.direct()) return file.writeDirectly(bytes);
  const TerminationDeferred untilRenamed;
  if (Result<void> done = file.write(bytes); !done) return done;
  return file.moveIntoPlace();
}

void FileTransaction::add(fs::path path, std::string bytes) {
  entries_.push_back({std::move(path), std::move(bytes)});
}

Result<void> FileTransaction::commit() {
  std::vector<Entry> entries = std::exchange(entries_, {});
  std::vector<PendingFile> files;
  files.reserve(entries.size());
  for (const Entry &entry : entries) {
    files.emplace_back(entry.path);
    if (Result<void> done = files.back().inspect(); !done) return done;
  }
  // A pipe may keep its writer waiting for as long as its reader likes, so that stays interruptible.
  std::optional<TerminationDeferred> untilRenamed;
  if (std::ranges::none_of(files, &PendingFile::direct)) untilRenamed.emplace();
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (!files[i].direct())
      if (Result<void> done = files[i].write(entries[i].bytes); !done) return done;
  // What a device or a pipe swallowed can't be taken back, so these come after all that may fail often.
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (files[i].direct())
      if (Result<void> done = files[i].writeDirectly(entries[i].bytes); !done) return done;

  for (PendingFile &file : files)
    if (!file.direct() && files.size() > 1) file.keepOld();
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].direct()) continue;
    if (Result<void> done = files[i].moveIntoPlace(); !done) {
      for (std::size_t earlier = i; earlier-- > 0;)
        if (!files[earlier].direct()) files[earlier].moveBack();
      return done;
    }
  }
  return {};
}

} // namespace ninc

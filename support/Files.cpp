#include "support/Files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "support/OutputPlace.h"
#include "support/TerminationDeferred.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

std::string reasonOf(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Error> failOn(std::string_view what, const fs::path &path, std::string_view reason) {
  return fail(fmt::format("cannot {} '{}': {}", what, path.native(), reason));
}

tl::unexpected<Error> failOn(std::string_view what, const fs::path &path, int error) {
  return failOn(what, path, reasonOf(error));
}

// C strings end at a zero byte: such a path would silently name another file.
bool namesOneFile(const fs::path &path) {
  return path.native().find('\0') == std::string::npos;
}

// Owns a file descriptor. close() reports what the system says so late (a quota over NFS).
class Descriptor {
public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  // 0 or the error's number.
  int close() { return ::close(std::exchange(number_, -1)) == 0 || errno == EINTR ? 0 : errno; }

private:
  int number_;
};

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

// An open file of this process goes on where it is; what else is opened anew ends what it has.
Result<void> writeDirectly(const fs::path &path, const OutputPlace &place, std::string_view bytes) {
  Descriptor file(place.descriptor >= 0 ? ::fcntl(place.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                        : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY));
  if (!file.open()) return failOn("write", path, errno);
  if (int error = writeAll(file.number(), bytes)) return failOn("write", path, error);
  if (int error = file.close()) return failOn("write", path, error);
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
      if (descriptor < 0 && errno != EEXIST && errno != EINTR) return failOn("write", shown_, errno);
    }
    temporary_ = candidate;
    Descriptor file(descriptor);
    if (int error = writeAll(file.number(), bytes)) return failOn("write", shown_, error);
    if (existed() && ::fchmod(file.number(), place_.mode) != 0) return failOn("write", shown_, errno);
    if (::fsync(file.number()) != 0 && errno != EINVAL) return failOn("write", shown_, errno);
    if (int error = file.close()) return failOn("write", shown_, error);
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
    if (::rename(temporary_.c_str(), place_.target.c_str()) != 0) return failOn("write", shown_, errno);
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
  if (!namesOneFile(path)) return failOn("read", path, "the path holds a zero byte");
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.open()) return failOn("read", path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return failOn("read", path, errno);
  if (S_ISDIR(status.st_mode)) return failOn("read", path, EISDIR);
  std::string tooLarge = fmt::format("it has more than {} bytes, the most that is read here", limit);
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (S_ISREG(status.st_mode) && size > limit) return failOn("read", path, tooLarge);

  // A regular file's size is a good guess but no promise (/proc says 0, another process may append), so
  // reading goes on until the end; one byte of room more lets a right guess end without growing.
  std::string bytes;
  try {
    bytes.resize(static_cast<std::size_t>(std::max<std::uint64_t>(size, 4096)) + 1);
    std::size_t used = 0;
    for (;;) {
      if (used == bytes.size()) bytes.resize(bytes.size() * 2);
      ssize_t count =
          ::read(file.number(), bytes.data() + used, std::min(bytes.size() - used, std::size_t{1} << 30));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failOn("read", path, errno);
      if (count == 0) break;
      used += static_cast<std::size_t>(count);
      if (used > limit) return failOn("read", path, tooLarge);
    }
    bytes.resize(used);
  } catch (const std::bad_alloc &) {
    return failOn("read", path, ENOMEM);
  }
  return bytes;
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

Result<MemoryFile> MemoryFile::create(const std::string &name) {
  const int descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  if (descriptor < 0) return failOn("make a file in memory for", name, errno);
  return MemoryFile(descriptor);
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

MemoryFile::MemoryFile(MemoryFile &&other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

MemoryFile &MemoryFile::operator=(MemoryFile &&other) noexcept {
  std::swap(descriptor_, other.descriptor_); // what was ours goes with `other`
  return *this;
}

fs::path MemoryFile::path() const {
  return fmt::format("/proc/self/fd/{}", descriptor_);
}

fs::path MemoryFile::pathForOthers() const {
  return fmt::format("/proc/{}/fd/{}", ::getpid(), descriptor_);
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  const char *named = std::getenv("TMPDIR");
  const fs::path parent = named && *named ? named : "/tmp";
  std::string pattern = (parent / fmt::format("{}-XXXXXX", prefix)).native();
  if (!::mkdtemp(pattern.data())) return failOn("make a temporary folder in", parent, errno);
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

#include "support/OutputPlace.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

#include "support/FileFailure.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

constexpr int mostLinks = 40; // as Linux has it

bool isInProc(const fs::path &folder) {
  struct statfs system {};
  return ::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

// The number of a descriptor of this process, if that is what stands at `name` in `folder`, which is
// canonical.
int ownDescriptor(const fs::path &folder, const fs::path &name) {
  if (folder.filename() != "fd" || !isInProc(folder)) return -1;
  std::error_code error;
  const fs::path self = fs::canonical("/proc/self", error);
  if (error || !folder.native().starts_with(self.native() + '/')) return -1;
  int number = -1;
  const std::string &digits = name.native();
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

Result<void> checkWritable(const fs::path &path, int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0) return cannot("write", path, errno);
  if ((flags & O_ACCMODE) != O_RDONLY) return {};
  return cannot("write", path,
                descriptor == STDOUT_FILENO
                    ? std::string("the standard output is closed, or not open for writing")
                    : fmt::format("descriptor {} isn't open for writing", descriptor));
}

// At the end of all links: the folder, canonical, and the name in it.
struct End {
  fs::path folder, name;
  bool isLinked = false;
};

Result<End> followLinks(const fs::path &path) {
  fs::path current = path;
  for (int links = 0; links < mostLinks; ++links) {
    std::error_code error;
    const fs::path folder = fs::canonical(current.has_parent_path() ? current.parent_path() : ".", error);
    if (error && links > 0)
      return cannot("write", path, fmt::format("it leads to '{}': {}", current.native(), error.message()));
    if (error) return cannot("write", path, error.value());
    const fs::path name = current.filename();
    if (name.empty() || name == "." || name == "..") return cannot("write", path, EISDIR);
    // The links in there aren't ways to a file but the open file itself.
    if (folder.filename() == "fd" && isInProc(folder)) return End{folder, name, links > 0};
    const fs::path place = folder / name;
    struct stat status {};
    if (::lstat(place.c_str(), &status) != 0 && errno != ENOENT) return cannot("write", path, errno);
    if (!S_ISLNK(status.st_mode)) return End{folder, name, links > 0};
    const fs::path link = fs::read_symlink(place, error);
    if (error) return cannot("write", path, error.value());
    current = link.is_absolute() ? link : folder / link;
  }
  return cannot("write", path, ELOOP);
}

} // namespace

Result<OutputPlace> outputPlace(const fs::path &path) {
  // C strings end at a zero byte: such a path would silently name another file.
  if (path.native().find('\0') != std::string::npos)
    return cannot("write", path, "the path holds a zero byte");
  if (path.empty()) return cannot("write", path, ENOENT);
  const Result<End> end = followLinks(path);
  if (!end) return tl::unexpected(end.error());
  OutputPlace place;
  place.target = end->folder / end->name;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return cannot("write", path, errno);
    if (end->folder != "/dev" && !isInProc(end->folder)) return place;
    if (end->isLinked)
      return cannot("write", path, fmt::format("it leads to '{}', where nothing is", place.target.native()));
    return cannot("write", path, ENOENT);
  }
  if (S_ISDIR(status.st_mode)) return cannot("write", path, EISDIR);
  if (S_ISBLK(status.st_mode)) return cannot("write", path, "it is a block device");
  place.descriptor = ownDescriptor(end->folder, end->name);
  if (place.descriptor >= 0)
    if (auto writable = checkWritable(path, place.descriptor); !writable)
      return tl::unexpected(writable.error());
  const bool isPlain = S_ISREG(status.st_mode) && !isInProc(end->folder);
  place.kind = isPlain ? OutputPlace::Kind::file : OutputPlace::Kind::stream;
  place.mode = status.st_mode & 07777;
  return place;
}

Result<OutputPlace> writablePlace(const fs::path &path) {
  Result<OutputPlace> place = outputPlace(path);
  if (!place || place->descriptor >= 0) return place;
  const auto mayNot = [](const fs::path &at, int mode) {
    return ::faccessat(AT_FDCWD, at.c_str(), mode, AT_EACCESS) != 0;
  };
  if (place->kind != OutputPlace::Kind::nothing && mayNot(place->target, W_OK))
    return cannot("write", path, errno);
  // A file is replaced by one that is made beside it.
  if (place->kind != OutputPlace::Kind::stream && mayNot(place->target.parent_path(), W_OK | X_OK))
    return cannot("write", path, errno);
  return place;
}

bool isStream(const fs::path &path) {
  const Result<OutputPlace> place = outputPlace(path);
  return place && place->kind == OutputPlace::Kind::stream;
}

} // namespace ninc

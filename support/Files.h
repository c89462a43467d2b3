// Reading and writing whole files, so that a failure costs a message and nothing else.
//
// A file is written beside its final name and renamed over it once every byte is on the disk: who looks at
// the final name sees the old file or the new one, never a part (rename(2) within a folder is atomic). A
// full disk, a quota or a closed pipe is an Error like any other; the temporary file is gone afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/Result.h"

namespace ninc {

constexpr std::uint64_t defaultReadLimit = std::uint64_t{4} << 30; // bytes

// The bytes of a file, a device, or a pipe that this process has open (/dev/stdin, /dev/fd/63 as a shell's
// `<(...)` names it). Errors name the path and the system's reason; folders and files of more than `limit`
// bytes are refused, so that neither a wrong path nor /dev/zero takes all memory. So is a FIFO by its name:
// nobody may ever write to it, and opening it would wait for that for ever.
Result<std::string> readFile(const std::filesystem::path &path, std::uint64_t limit = defaultReadLimit);

// The same from where an open file stands; `shown` is what errors call it.
Result<std::string> readOpenFile(int descriptor, const std::filesystem::path &shown,
                                 std::uint64_t limit = defaultReadLimit);

// Whether what is read at `path` is gone then: a pipe, a terminal, or what this process has open
// (/dev/stdin).
bool readsOnce(const std::filesystem::path &path);

// Writes all of the bytes. 0 or the error's number, also where the system would send a signal (a pipe without
// readers, a limit on files' sizes).
int writeOpenFile(int descriptor, std::string_view bytes);

// Puts the bytes at `path`, whole or not at all. A symbolic link stays and its target is made or replaced;
// the permission bits of a file that was there are kept. A stream (support/OutputPlace.h) is written to as it
// is.
Result<void> writeAtomically(const std::filesystem::path &path, std::string_view bytes);

// Several files that belong together: all of them take their places or none does. Not thread-safe.
class FileTransaction {
public:
  void add(std::filesystem::path path, std::string bytes);

  // Writes every file under a temporary name, then renames them one after the other. If a rename fails, the
  // files renamed before it are put back. Nothing is left to commit afterwards.
  Result<void> commit();

private:
  struct Entry {
    std::filesystem::path path;
    std::string bytes;
  };
  std::vector<Entry> entries_;
};

// A fresh folder of this user's alone in the system's place for temporary files ($TMPDIR, or else /tmp),
// removed with all it holds when the object goes. None is made where other users could exchange it for
// theirs. Movable.
class TemporaryDirectory {
public:
  static Result<TemporaryDirectory> create(std::string_view prefix = "ninc");
  // The same in `parent`.
  static Result<TemporaryDirectory> createIn(const std::filesystem::path &parent, std::string_view prefix);
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory &&other) noexcept;
  TemporaryDirectory &operator=(TemporaryDirectory &&other) noexcept;

  const std::filesystem::path &path() const { return path_; }

private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_; // empty once moved from
};

// An empty file that lives in memory, for whoever wants a path but no file to remove: it is gone with the
// object, or with the process, however that ends. Its path is a stream, for this process alone. Movable.
//
// The path leads through /proc. Where that isn't mounted, or the system has no such files, it is a file in a
// temporary folder instead, on a mount where programs may run if there is one: then a process that is killed
// leaves it behind.
class MemoryFile {
public:
  static Result<MemoryFile> create(const std::string &name);
  // The same with these bytes in it.
  static Result<MemoryFile> holding(const std::string &name, std::string_view bytes);
  ~MemoryFile();
  MemoryFile(MemoryFile &&other) noexcept;
  MemoryFile &operator=(MemoryFile &&other) noexcept;

  std::filesystem::path path() const;
  // The same file for other processes of this user, as long as this process has it open.
  std::filesystem::path pathForOthers() const;

private:
  explicit MemoryFile(int descriptor) : descriptor_(descriptor) {}
  explicit MemoryFile(TemporaryDirectory folder) : folder_(std::move(folder)) {}
  static Result<MemoryFile> onDisk();

  int descriptor_ = -1;                      // -1 once moved from, and where the folder stands in
  std::optional<TemporaryDirectory> folder_; // holds the file, if the system has none in memory
};

} // namespace ninc

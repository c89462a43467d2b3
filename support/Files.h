// Reading and writing whole files, so that a failure costs a message and nothing else.
//
// A file is written beside its final name and renamed over it once every byte is on the disk: who looks at
// the final name sees the old file or the new one, never a part (rename(2) within a folder is atomic). A
// full disk, a quota or a closed pipe is an Error like any other; the temporary file is gone afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
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

} // namespace ninc

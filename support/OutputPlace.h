// Where a path leads that something is to be written to, and what stands there.
//
// Symbolic links are followed to their end, those too that end where nothing is yet: what is written takes
// its place there, and the link stays. What isn't a plain file is a stream, which is written to as it is: a
// device, a pipe, a file of the kernel's, and a descriptor that a process holds open, however its name is
// spelt (/dev/stdout, /dev/fd/3, /proc/self/fd/3, or a link of the user's own to one of these). Nothing is
// ever made in /dev or /proc: where /dev/stdout leads nowhere, since it is closed or /proc isn't mounted, a
// file in the link's place would break the machine for everybody.
#pragma once

#include <cstdint>
#include <filesystem>
#include <sys/types.h>

#include "support/Result.h"

namespace ninc {

struct OutputPlace {
  enum class Kind : std::uint8_t { nothing, file, stream };

  Kind kind = Kind::nothing;
  std::filesystem::path target; // links followed
  mode_t mode = 0;              // the permission bits of a file
  int descriptor = -1;          // of this process, if that is what the path names
};

// Errors, which name the path: it can't be written to whoever asks. A folder, a block device, a folder on the
// way that isn't there, a loop of links, a link into /dev or /proc where nothing is, a descriptor of this
// process that isn't open for writing.
Result<OutputPlace> outputPlace(const std::filesystem::path &path);

// The same, and an error where this user may not write: before the work rather than after it.
Result<OutputPlace> writablePlace(const std::filesystem::path &path);

// Whether a stream that can be written to stands at `path`. Such an output has no place beside it for a
// second file. Of what is read, readsOnce (support/Files.h) tells.
bool isStream(const std::filesystem::path &path);

} // namespace ninc

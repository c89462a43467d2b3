// A seal at the end of a file: a checksum by which whoever opens the file can tell that it is still what was
// written. Compiled libraries have one, because the dynamic loader believes all that their tables say, and a
// damaged one ends the process that loads it.
//
// The seal lies behind everything that the ELF headers speak of. Loaders, linkers and debuggers don't see it;
// tools that write a library anew (strip, objcopy) leave it out, so what they have made is a library without
// a seal rather than a damaged one. It finds damage, not enemies: anybody can seal a file.
//
//   bytes  what
//   8      "NINCSEAL"
//   8      number of bytes before the seal, little-endian like the next
//   4      CRC-32 (as in zip and PNG) of those
//   4      CRC-32 of the 20 bytes above
#pragma once

#include <filesystem>
#include <string>

#include "support/Result.h"

namespace ninc {

constexpr std::size_t sealBytes = 24;

// The content with its seal.
std::string sealed(std::string content);

enum class Seal {
  whole,  // the file is what was sealed
  broken, // it has a seal, or a part of one, that doesn't fit it
  none
};

// An error if the file can't be read or isn't a regular one. Reads all of it, a piece at a time. Thread-safe.
Result<Seal> sealOf(const std::filesystem::path &file);

} // namespace ninc

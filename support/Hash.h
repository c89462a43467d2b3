// FNV-1a, 64 bits (Fowler, Noll, Vo; http://www.isthe.com/chongo/tech/comp/fnv/): a hash whose value is the
// same on every machine, for seeds, keys of records and symbol names. Not for data an enemy may choose.
#pragma once

#include <cstdint>
#include <string_view>

namespace ninc {

// Hashes of several pieces: hand the last result on as `hash`.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = 0xcbf29ce484222325) {
  for (char c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

} // namespace ninc

// Numbers of array files -> float. Files are little-endian, and so is every machine ninc runs on; memcpy
// takes care of numbers that don't stand at a multiple of their size. Halves: Half.h.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ninc {

static_assert(std::endian::native == std::endian::little, "array files are read as they lie in memory");

template <class T>
T loadAs(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// bfloat16: the upper half of a float.
inline float bfloat16ToFloat(std::uint16_t upper) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16);
}

} // namespace ninc

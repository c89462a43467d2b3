// What fuzzers hold code to.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "support/Array.h"

namespace ninc {

// libFuzzer reports a trap with the input that led to it.
inline void require(bool condition) {
  if (!condition) __builtin_trap();
}

inline std::uint64_t elementsOf(const std::vector<std::int64_t> &shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape)
    count *= static_cast<std::uint64_t>(extent);
  return count;
}

// Bit for bit, so that a NaN too is itself.
inline bool isSameArray(const Array &one, const Array &other) {
  const auto bits = [](float number) { return std::bit_cast<std::uint32_t>(number); };
  return one.shape == other.shape && std::ranges::equal(one.data, other.data, {}, bits, bits);
}

} // namespace ninc

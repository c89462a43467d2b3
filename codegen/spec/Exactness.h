// How exactly kernels compute.
#pragma once

#include <cstdint>

namespace ninc {

// What an embedder may ask of a kernel's arithmetic.
enum class Exactness : std::uint8_t {
  fast, // Winograd where it is expected to be faster
  exact // direct sums alone: the rounding of docs/numerics.md without transforms
};

} // namespace ninc

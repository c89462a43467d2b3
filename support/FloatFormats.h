// Numbers of array files -> float. Files are little-endian, and so is every machine ninc runs on; memcpy
// takes care of numbers that don't stand at a multiple of their size.
#pragma once

#include <bit>
#include <cmath>
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

// IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of mantissa.
inline float halfToFloat(std::uint16_t half) {
  int exponent = half >> 10 & 31;
  auto mantissa = static_cast<float>(half & 1023);
  float magnitude = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
  if (exponent == 31) magnitude = mantissa == 0 ? INFINITY : NAN;
  return half & 0x8000 ? -magnitude : magnitude;
}

// bfloat16: the upper half of a float.
inline float bfloat16ToFloat(std::uint16_t upper) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16);
}

} // namespace ninc

#include "support/Half.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ninc {

namespace {

constexpr std::uint16_t signBit = 0x8000, quietNan = 0x7e00;

} // namespace

std::uint16_t toHalf(float number) {
  const std::uint16_t sign = std::signbit(number) ? signBit : 0;
  if (std::isnan(number)) return sign | quietNan;
  const float magnitude = std::min(std::abs(number), largestHalf);
  // Below 2^-14 halves are multiples of 2^-24; nearbyint rounds ties to even.
  if (magnitude < 0x1p-14f) return sign | static_cast<std::uint16_t>(std::nearbyint(magnitude * 0x1p24f));
  // Scaled by 2^-112, the exponent's bits are those of the half, and 13 bits of the fraction too many.
  const auto bits = std::bit_cast<std::uint32_t>(magnitude * 0x1p-112f);
  return sign | static_cast<std::uint16_t>((bits + 0xfff + ((bits >> 13) & 1)) >> 13);
}

float fromHalf(std::uint16_t half) {
  const std::uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  float magnitude = 0;
  if (exponent == 0)
    magnitude = static_cast<float>(fraction) * 0x1p-24f;
  else if (exponent == 0x1f)
    magnitude = std::bit_cast<float>(0x7f800000 | fraction << 13);
  else
    magnitude = std::bit_cast<float>((exponent + 112) << 23 | fraction << 13);
  return (half & signBit) != 0 ? -magnitude : magnitude;
}

std::vector<std::uint16_t> toHalves(const std::vector<float> &numbers) {
  std::vector<std::uint16_t> halves(numbers.size());
  std::ranges::transform(numbers, halves.begin(), toHalf);
  return halves;
}

} // namespace ninc

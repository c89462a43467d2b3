// IEEE 754 binary16, as bits.
#pragma once

#include <cstdint>
#include <vector>

namespace ninc {

constexpr float largestHalf = 65504;

// To the nearest half, ties to even; subnormal halves included. Numbers beyond the largest (65504),
// infinities too, become that one; a NaN stays one.
std::uint16_t toHalf(float number);
float fromHalf(std::uint16_t half);

std::vector<std::uint16_t> toHalves(const std::vector<float> &numbers);

} // namespace ninc

// The measure of rounding.
#pragma once

namespace ninc {

// Half a unit in the last place of 1.
constexpr double unitRoundoff = 0x1p-24;

// The same of f16, and its smallest normal number.
constexpr double halfRoundoff = 0x1p-11;
constexpr double smallestNormalHalf = 0x1p-14;

} // namespace ninc

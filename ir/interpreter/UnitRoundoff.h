// The measure of rounding in f32.
#pragma once

namespace ninc {

// Half a unit in the last place of 1.
constexpr double unitRoundoff = 0x1p-24;

} // namespace ninc

// The measure of rounding, and of errors.
#pragma once

#include <limits>

namespace ninc {

// Half a unit in the last place of 1.
constexpr double unitRoundoff = 0x1p-24;

// The same of f16, and its smallest normal number.
constexpr double halfRoundoff = 0x1p-11;
constexpr double smallestNormalHalf = 0x1p-14;

// Kernels may flush numbers below the normal range to zero.
constexpr double smallestNormal = 0x1p-126;

// Errors are numbers of f32, and finite: one that isn't, or that nobody can tell, is as large as there are
// any. What isn't finite is further off than that (execution/verify/Verification.cpp).
inline float finiteError(double error) {
  constexpr float most = std::numeric_limits<float>::max();
  return error <= double{most} ? static_cast<float>(error) : most; // so for a NaN
}

} // namespace ninc

#include "codegen/halide/shared/Mean.h"

#include <bit>
#include <cmath>
#include <limits>

#include "codegen/halide/shared/Math.h"

namespace ninc {

using Halide::cast;
using Halide::Expr;

namespace {

// 2^-k with 2^k >= 2 most: sums stay below half of the largest number, whatever they are rounded by.
float scaleOfTerm(std::int64_t most) {
  const int bits = std::bit_width(static_cast<std::uint64_t>(most - 1));
  return std::ldexp(1.0f, -bits - 1);
}

// From half the mean, which is always in range; the mean itself might leave it by a rounding.
Expr doubled(const Expr &half, const Expr &sum) {
  constexpr float largestHalf = std::numeric_limits<float>::max() / 2;
  return Halide::select(Halide::is_finite(sum), 2.0f * Halide::clamp(half, -largestHalf, largestHalf), sum);
}

} // namespace

// Strict: else the compiler takes the factor that all terms have out of a loop's sum.
Expr termOfMean(const Expr &x, std::int64_t most) {
  return most == 1 ? x : strictProduct(x, scaleOfTerm(most));
}

Expr meanOf(const Expr &sum, std::int64_t count) {
  if (count == 1) return sum;
  const float share = 1.0f / static_cast<float>(count);
  return doubled(sum * (share / scaleOfTerm(count) / 2), sum);
}

Expr meanOf(const Expr &sum, const Expr &count, std::int64_t most) {
  if (most == 1) return sum / cast<float>(count);
  return doubled(sum / (cast<float>(count) * (2 * scaleOfTerm(most))), sum);
}

} // namespace ninc

#include "codegen/halide/shared/LocalResponse.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "codegen/halide/shared/Math.h"

namespace ninc {

using Halide::Expr;
using Halide::select;
using Halide::Tuple;

namespace {

// Exponents of what two sums between them span. f32's normal numbers are 2^-126 to 2^128.
constexpr int largestSum = 126, largestPlainSum = 124;
constexpr int span =
    112; // from one scale to the other: at the seam both have their smallest squares in range

float powerOfTwo(double exponent) {
  return static_cast<float>(std::exp2(exponent));
}

// Strict: else the compiler would square first and scale then.
Expr squareOf(const Expr &x, int exponent) {
  if (exponent == 0) return x * x;
  const Expr scaled = strictProduct(x, powerOfTwo(exponent));
  return scaled * scaled;
}

} // namespace

LocalResponse::LocalResponse(const Lrn &lrn, std::int64_t terms)
    : k_(lrn.k), share_(double{lrn.alpha} / static_cast<double>(lrn.size)), beta_(lrn.beta) {
  const int bits = std::bit_width(static_cast<std::uint64_t>(terms));
  high_ = balanced((largestSum - bits) / 2 - 128);
  // Squares that underflow are then lost beside k, and those of the low sum don't overflow by their factor.
  isPlain_ = k_ >= 0x1p-60 && k_ <= 0x1p120 && share_ <= 4;
  low_ = isPlain_ ? scaled(0, 0) : balanced(high_.element + span);
  const int largest = isPlain_ ? largestPlainSum : largestSum;
  mostLow_ = powerOfTwo(largest + 2 * (high_.element - low_.element));
}

LocalResponse::Scaled LocalResponse::scaled(int element, int base) const {
  return {element, base, static_cast<float>(k_ * std::exp2(base)),
          static_cast<float>(share_ * std::exp2(base - 2 * element))};
}

LocalResponse::Scaled LocalResponse::balanced(int element) const {
  int base = 2 * element;
  if (share_ == 0) base = 0; // k alone counts
  if (share_ > 0) base -= static_cast<int>(std::round(std::log2(share_)));
  if (k_ > 0) base = std::min(base, 125 - static_cast<int>(std::ceil(std::log2(k_))));
  return scaled(element, base);
}

Tuple LocalResponse::squares(const Expr &x) const {
  return {squareOf(x, low_.element), squareOf(x, high_.element)};
}

Expr LocalResponse::normalise(const Expr &x, const Tuple &sums) const {
  const Expr isHigh = sums[1] > mostLow_;
  // A base of 0 has an x of 0, and so has the result.
  const Expr base = Halide::max(
      select(isHigh, high_.constant + high_.factor * sums[1], low_.constant + low_.factor * sums[0]),
      std::numeric_limits<float>::min());
  const auto negated = static_cast<float>(-beta_);
  // The power of the scaled base lacks 2^(beta * base).
  const double exponent = beta_ * high_.base;
  if (hasRootsForPower(negated) && isPlain_ && std::abs(exponent) <= 240) {
    const Expr half = select(isHigh, powerOfTwo(exponent / 2), 1.0f);
    return strictProduct(strictProduct(strictProduct(x, half), power(base, negated)), half);
  }
  return timesExponential(x, negated * logarithm(base, select(isHigh, -high_.base, -low_.base)));
}

} // namespace ninc

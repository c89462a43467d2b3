#include "codegen/halide/shared/Math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ninc {

using Halide::cast;
using Halide::Expr;
using Halide::Int;
using Halide::reinterpret;
using Halide::select;
using Halide::strict_float;

Expr polynomial(Expr x, std::initializer_list<float> coefficients) {
  Expr sum = 0.0f;
  bool first = true;
  for (float coefficient : coefficients) {
    sum = first ? Expr(coefficient) : sum * x + coefficient;
    first = false;
  }
  return sum;
}

namespace {

// 2^n for -126 <= n <= 127, made of its exponent bits.
Expr powerOfTwo(Expr n) {
  return reinterpret<float>((n + 127) << 23);
}

// e^x = 2^whole * rest, rest = 1 + excess
struct Exponential {
  Expr whole, rest, excess;
};

// x up to some thousand in magnitude.
Exponential exponentialInParts(const Expr &x) {
  Expr n = Halide::floor(x * 1.44269504088896341f + 0.5f);
  Expr r = strict_float(strict_float(x - n * 0.693359375f) - n * -2.12194440e-4f);
  Expr p = polynomial(r, {1.9875691500E-4f, 1.3981999507E-3f, 8.3334519073E-3f, 4.1665795894E-2f,
                          1.6666665459E-1f, 5.0000001201E-1f});
  Expr excess = p * r * r + r;
  return {cast(Int(32, x.type().lanes()), n), excess + 1.0f, excess};
}

} // namespace

// e^x = 2^n * e^r with n = round(x / ln 2) and |r| <= ln 2 / 2. ln 2 is subtracted in two parts, the first of
// which has few enough bits that n times it is exact; that order must be kept (strict_float), since the
// compiler may reassociate sums and would join the parts. 2^n is applied in two factors, so that results
// underflow gradually and overflow to infinity although 2^n itself is out of range.
Expr exponential(Expr argument) {
  const auto [whole, rest, excess] = exponentialInParts(Halide::clamp(argument, -105.0f, 90.0f));
  Expr half = whole >> 1;
  return strict_float(strict_float(rest * powerOfTwo(half)) * powerOfTwo(whole - half));
}

namespace {

// strict_float(a * b) would take in all that a and b are made of.
Expr strict(Halide::Internal::Call::IntrinsicOp operation, const Expr &a, const Expr &b) {
  using Halide::Internal::Call;
  return Call::make(a.type(), operation, {a, b}, Call::PureIntrinsic);
}

} // namespace

Expr strictProduct(Expr a, Expr b) {
  return strict(Halide::Internal::Call::strict_mul, a, b);
}

Expr strictQuotient(Expr a, Expr b) {
  return strict(Halide::Internal::Call::strict_div, a, b);
}

Expr strictSum(Expr a, Expr b) {
  return strict(Halide::Internal::Call::strict_add, a, b);
}

Expr strictDifference(Expr a, Expr b) {
  return strict(Halide::Internal::Call::strict_sub, a, b);
}

// 2^n (1 + excess) - 1 = 2^n excess + (2^n - 1): the second term is 0 where x is near 0, and exact and the
// larger one elsewhere. Below -80 nothing is left of the power.
Expr exponentialMinusOne(Expr argument) {
  const auto [whole, rest, excess] = exponentialInParts(Halide::clamp(argument, -80.0f, 0.0f));
  Expr power = powerOfTwo(whole);
  return strictSum(strictProduct(power, excess), strictSum(power, -1.0f));
}

// The powers of two in three factors of one sign, so that nothing leaves the range that the result doesn't.
Expr timesExponential(Expr factor, Expr argument) {
  // e^250 = 2^361: more than from the smallest number to the largest.
  const auto [all, rest, excess] = exponentialInParts(Halide::clamp(argument, -250.0f, 250.0f));
  Expr first = all / 3, second = (all - first) >> 1, third = all - first - second;
  Expr begun = strictProduct(strictProduct(factor, powerOfTwo(first)), rest);
  return strictProduct(strictProduct(begun, powerOfTwo(second)), powerOfTwo(third));
}

namespace {

// log((1 + m) 2^e) for m between sqrt(1/2) - 1 and sqrt(2) - 1, e a whole number.
Expr logarithmInParts(const Expr &m, const Expr &e) {
  Expr square = m * m;
  Expr p = polynomial(m, {7.0376836292E-2f, -1.1514610310E-1f, 1.1676998740E-1f, -1.2420140846E-1f,
                          1.4249322787E-1f, -1.6668057665E-1f, 2.0000714765E-1f, -2.4999993993E-1f,
                          3.3333331174E-1f});
  Expr tail = strict_float(p * m * square + e * -2.12194440e-4f);
  tail = strict_float(tail - 0.5f * square);
  return strict_float(strict_float(m + tail) + e * 0.693359375f);
}

} // namespace

// x = 2^e * m with m in [sqrt(1/2), sqrt(2)), log x = e ln 2 + log m; ln 2 again in two parts.
Expr logarithm(Expr x) {
  return logarithm(x, 0);
}

Expr logarithm(Expr x, Expr exponentOfX) {
  Expr bits = reinterpret<int32_t>(x);
  Expr exponent = (bits >> 23) - 126;
  Expr mantissa = reinterpret<float>((bits & 0x007fffff) | 0x3f000000); // in [1/2, 1)
  Expr small = mantissa < 0.707106781186547524f;
  Expr e = cast<float>(exponent - select(small, 1, 0) + exponentOfX);
  Expr m = select(small, mantissa + mantissa, mantissa) - 1.0f;
  return logarithmInParts(m, e);
}

// What isn't a number is chosen among bits: of floats a compiler may suppose that they are numbers.
Expr naturalLogarithm(Expr x) {
  Expr denormal = x < std::numeric_limits<float>::min();
  Expr result =
      logarithm(select(denormal, strictProduct(Halide::min(x, 1.0f), 0x1p24f), x), select(denormal, -24, 0));
  const auto bitsOf = [](float number) { return std::bit_cast<std::int32_t>(number); };
  Expr otherwise = select(x == 0.0f, bitsOf(-std::numeric_limits<float>::infinity()),
                          bitsOf(std::numeric_limits<float>::quiet_NaN()));
  return reinterpret<float>(select(x > 0.0f, reinterpret<int32_t>(result), otherwise));
}

// max(x, 0) + log(1 + z) with z = e^-|x|, at most 1. log(1 + z) is the logarithm's polynomial in z, or with
// 1 + z = 2 (1 + m) for a larger z, so that 1 + z, which would lose z, is never made.
Expr softplus(Expr x) {
  Expr z = exponential(-Halide::abs(x));
  Expr isLarge = z > 0.414213562373095f;
  Expr m = select(isLarge, (z - 1.0f) * 0.5f, z);
  return Halide::max(x, 0.0f) + logarithmInParts(m, select(isLarge, 1.0f, 0.0f));
}

bool hasRootsForPower(float exponent) {
  const float magnitude = std::abs(exponent);
  return magnitude <= 1 && magnitude * 4 == std::floor(magnitude * 4);
}

Expr power(Expr base, float exponent) {
  const float magnitude = std::abs(exponent);
  if (!hasRootsForPower(exponent)) return exponential(logarithm(base) * exponent);
  const int count = static_cast<int>(magnitude * 4);
  Expr half = Halide::sqrt(base), result = 1.0f;
  if (count == 4) result = base;
  if (count == 3) result = half * Halide::sqrt(half);
  if (count == 2) result = half;
  if (count == 1) result = Halide::sqrt(half);
  return exponent < 0 ? 1.0f / result : result;
}

namespace {

// Chosen among bits, as for the logarithm.
Expr orNoNumber(const Expr &isNumber, const Expr &number) {
  return reinterpret<float>(select(isNumber, reinterpret<int32_t>(number),
                                   std::bit_cast<std::int32_t>(std::numeric_limits<float>::quiet_NaN())));
}

Expr isOdd(const Expr &whole) {
  return whole - 2.0f * Halide::floor(whole * 0.5f) != 0.0f;
}

} // namespace

Expr power(Expr base, Expr exponent) {
  // The logarithm of 0 is made of bits, so that no compiler may take its infinity for what never happens:
  // instead a zero has a number whose every power leaves the range.
  Expr size = Halide::abs(base);
  Expr logarithmOfSize = naturalLogarithm(select(size == 0.0f, 1.0f, size));
  Expr positive = exponential(strictProduct(logarithmOfSize, exponent));
  Expr ofZero = reinterpret<float>(select(exponent < 0.0f,
                                          std::bit_cast<std::int32_t>(std::numeric_limits<float>::infinity()),
                                          std::bit_cast<std::int32_t>(0.0f)));
  positive = select(exponent == 0.0f, 1.0f, select(size == 0.0f, ofZero, positive));
  Expr isWhole = Halide::floor(exponent) == exponent;
  Expr any = select(base < 0.0f && isOdd(exponent), -positive, positive);
  return orNoNumber(base >= 0.0f || isWhole, any);
}

namespace {

// sin r for r between -pi/2 and pi/2; the coefficients are a least-squares fit of (sin r - r)/r^3.
Expr sineOfRest(const Expr &rest) {
  Expr r = Halide::clamp(rest, -1.57079637f, 1.57079637f), square = r * r;
  Expr p =
      polynomial(square, {-2.3906834e-08f, 2.7526464e-06f, -1.984089e-04f, 8.333331e-03f, -1.6666667e-01f});
  return p * square * r + r;
}

// x - n pi. pi is subtracted in parts, of which n times the first are exact.
Expr withoutMultiple(const Expr &x, const Expr &n) {
  Expr rest = x;
  for (float part : {3.140625f, 0x1.fb4p-11f, 0x1.444p-23f, 0x1.68cp-38f})
    rest = strictDifference(rest, n * part);
  return rest;
}

constexpr float inversePi = 0.318309886183790672f;

} // namespace

// sin(n pi + r) = (-1)^n sin r
Expr sine(Expr x) {
  Expr n = Halide::floor(x * inversePi + 0.5f);
  Expr y = sineOfRest(withoutMultiple(x, n));
  return select(isOdd(n), -y, y);
}

// cos(n pi + pi/2 + r) = -(-1)^n sin r
Expr cosine(Expr x) {
  Expr n = Halide::floor(x * inversePi);
  Expr y = sineOfRest(withoutMultiple(x, n + 0.5f));
  return select(isOdd(n), y, -y);
}

// Written with e^-|x|, which is at most 1: nothing overflows, and the small side keeps its precision.
Expr logistic(Expr x) {
  Expr z = exponential(-Halide::abs(x));
  return select(x < 0.0f, z, 1.0f) / (1.0f + z);
}

// tanh |x| = 1 - 2/(e^2|x| + 1), where near 0 that would cancel: x + x^3 P(x^2).
Expr hyperbolicTangent(Expr x) {
  Expr magnitude = Halide::abs(x), square = x * x;
  Expr large = 1.0f - 2.0f / (exponential(Halide::min(2.0f * magnitude, 20.0f)) + 1.0f);
  Expr p = polynomial(square, {-5.70498872745E-3f, 2.06390887954E-2f, -5.37397155531E-2f, 1.33314422036E-1f,
                               -3.33332819422E-1f});
  return select(magnitude < 0.625f, p * square * x + x, select(x < 0.0f, -large, large));
}

} // namespace ninc

#include "support/Random.h"

#include <cmath>

// One rounding for each operation, as written: a fused multiply-add would round once for two. (GCC has the
// flag from -std=c++20.)
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

namespace ninc {

namespace {

// Natural logarithm for 0 < x <= 1. x = m * 2^e with m in [sqrt(1/2), sqrt(2)); then
// ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), s = (m-1)/(m+1), |s| < 0.172; 12 terms reach 1e-17.
double logarithm(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int odd = 23; odd >= 1; odd -= 2)
    sum = sum * square + 1.0 / odd;
  return exponent * 0.69314718055994530942 + 2 * s * sum;
}

// Horner's rule, coefficients from the highest power down.
template <int N>
double polynomial(const double (&coefficients)[N], double x) {
  double sum = 0;
  for (double coefficient : coefficients)
    sum = sum * x + coefficient;
  return sum;
}

} // namespace

std::uint64_t Random::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

// The high half of a 128-bit product scales 64 random bits to the range (Lemire 2019), put together from
// 32-bit halves.
std::uint64_t Random::below(std::uint64_t bound) {
  std::uint64_t x = next();
  std::uint64_t xHigh = x >> 32, xLow = x & 0xffffffff, boundHigh = bound >> 32,
                boundLow = bound & 0xffffffff;
  std::uint64_t middle = xHigh * boundLow + (xLow * boundLow >> 32);
  std::uint64_t other = xLow * boundHigh + (middle & 0xffffffff);
  return xHigh * boundHigh + (middle >> 32) + (other >> 32);
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1p-53;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

// Inversion takes one draw for one number, and half a step up keeps clear of 0 and 1.
double Random::normal() {
  return normalQuantile((static_cast<double>(next() >> 12) + 0.5) * 0x1p-52);
}

// Wichura 1988, "Algorithm AS 241: The percentage points of the normal distribution", PPND16: a rational
// function of (p - 1/2)^2 in the middle, two of sqrt(-ln p) in the tails.
double normalQuantile(double p) {
  static constexpr double middleTop[] = {2509.0809287301226727, 33430.575583588128105, 67265.770927008700853,
                                         45921.953931549871457, 13731.693765509461125, 1971.5909503065514427,
                                         133.14166789178437745, 3.3871328727963666080};
  static constexpr double middleBottom[] = {
      5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
      5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0};
  static constexpr double nearTop[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                       2.41780725177450611770e-1, 1.27045825245236838258,
                                       3.64784832476320460504,    5.76949722146069140550,
                                       4.63033784615654529590,    1.42343711074968357734};
  static constexpr double nearBottom[] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                          1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                          6.89767334985100004550e-1, 1.67638483018380384940,
                                          2.05319162663775882187,    1.0};
  static constexpr double farTop[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                      1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                      2.96560571828504891230e-1, 1.78482653991729133580,
                                      5.46378491116411436990,    6.65790464350110377720};
  static constexpr double farBottom[] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                         1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                         1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                         5.99832206555887937690e-1,  1.0};
  double q = p - 0.5;
  if (std::fabs(q) <= 0.425) {
    double r = 0.180625 - q * q;
    return q * polynomial(middleTop, r) / polynomial(middleBottom, r);
  }
  double r = std::sqrt(-logarithm(q < 0 ? p : 1 - p));
  double magnitude = r <= 5 ? polynomial(nearTop, r - 1.6) / polynomial(nearBottom, r - 1.6)
                            : polynomial(farTop, r - 5) / polynomial(farBottom, r - 5);
  return q < 0 ? -magnitude : magnitude;
}

} // namespace ninc

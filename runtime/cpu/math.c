/* What kernels compute with where a CPU hasn't got it and no library of C may be counted on: rounding to
 * whole numbers where there is no such instruction, roots where there is no floating point. Finite numbers;
 * the results are exact, or correctly rounded. */
#include "runtime/cpu/math.h"

/* From here on every number is whole. */
static const float all_whole = 8388608.0f; /* 2^23 */

static float magnitude(float x) {
  return x < 0 ? -x : x;
}

/* -0 stays what it is. */
float ninc_truncf(float x) {
  if (magnitude(x) >= all_whole || x == 0) return x;
  const float whole = (float)(int32_t)x;
  return whole == 0 && x < 0 ? -0.0f : whole;
}

float ninc_floorf(float x) {
  const float whole = ninc_truncf(x);
  return whole > x ? whole - 1 : whole;
}

float ninc_ceilf(float x) {
  const float whole = ninc_truncf(x);
  return whole < x ? whole + 1 : whole;
}

float ninc_roundevenf(float x) {
  const float below = ninc_floorf(x), part = x - below;
  if (part < 0.5f) return below;
  if (part > 0.5f) return ninc_ceilf(x);
  return ninc_truncf(below / 2) * 2 == below ? below : below + 1;
}

static uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float of_bits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/* Digit by digit: of the significand as a whole number of 48 bits the root has 24, which are the result's,
 * and one more to round by. */
float ninc_sqrtf(float x) {
  if (!(x > 0) || bits_of(x) >= 0x7f800000u) return x; /* 0, and what isn't specified */
  uint32_t bits = bits_of(x);
  int32_t exponent = (int32_t)(bits >> 23);
  uint32_t significand = bits & 0x7fffffu;
  if (exponent == 0) /* subnormal */
    for (exponent = 1; (significand & 0x800000u) == 0; --exponent)
      significand <<= 1;
  significand |= 0x800000u;
  exponent -= 127;
  if (exponent & 1) {
    significand <<= 1;
    --exponent;
  }
  /* significand * 2^-23 in [1, 4), so the root is in [1, 2): 25 bits of it. */
  uint32_t root = 0, rest = significand << 1, product = 0;
  for (uint32_t digit = 1u << 24; digit != 0; digit >>= 1) {
    const uint32_t trial = product + digit;
    if (trial <= rest) {
      product = trial + digit;
      rest -= trial;
      root += digit;
    }
    rest <<= 1;
  }
  if (rest != 0) root += root & 1; /* the last bit is below the result's: up if more than half or odd */
  return of_bits((root >> 1) + ((uint32_t)(exponent / 2 + 126) << 23));
}

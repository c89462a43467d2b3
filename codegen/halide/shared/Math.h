// Elementary functions of f32 as Halide expressions: vectorisable on every target, without a call into libm,
// right to a few units in the last place over the whole range of arguments, infinities and zeros of the
// result included. NaN arguments give unspecified results.
//
// Range reduction and polynomials are those of the Cephes library (Moshier, "Methods and Programs for
// Mathematical Functions", 1989: expf, tanhf, logf).
#pragma once

#include <Halide.h>
#include <initializer_list>

namespace ninc {

// c0 + x*(c1 + x*(c2 + ...)), coefficients from the highest power down.
Halide::Expr polynomial(Halide::Expr x, std::initializer_list<float> coefficients);

// e^x; 0 below about -104, infinity above 88.72.
Halide::Expr exponential(Halide::Expr x);

// e^x - 1 for x up to 0, right where it is small too; above 0 something.
Halide::Expr exponentialMinusOne(Halide::Expr x);

// a * b, a / b, a + b and a - b as they stand: never reordered with their neighbours, whose own freedom they
// leave alone.
Halide::Expr strictProduct(Halide::Expr a, Halide::Expr b);
Halide::Expr strictQuotient(Halide::Expr a, Halide::Expr b);
Halide::Expr strictSum(Halide::Expr a, Halide::Expr b);
Halide::Expr strictDifference(Halide::Expr a, Halide::Expr b);

// factor * e^argument, right wherever that is in range, although e^argument by itself may not be.
Halide::Expr timesExponential(Halide::Expr factor, Halide::Expr argument);

// Natural logarithm of a positive normal number, and of such a number times 2^exponent.
Halide::Expr logarithm(Halide::Expr x);
Halide::Expr logarithm(Halide::Expr x, Halide::Expr exponent);

// Natural logarithm of any number: minus infinity of 0, NaN of negative numbers.
Halide::Expr naturalLogarithm(Halide::Expr x);

// log(1 + e^x), right at both ends: e^x far below 0, x far above.
Halide::Expr softplus(Halide::Expr x);

// base^exponent for a positive normal base; square roots where the exponent is a multiple of 1/4 up to 1 in
// magnitude (local response normalisation has -0.75).
Halide::Expr power(Halide::Expr base, float exponent);
// base^exponent of any numbers: NaN where the base is negative and the exponent isn't whole.
Halide::Expr power(Halide::Expr base, Halide::Expr exponent);
bool hasRootsForPower(float exponent);

// 1/(1+e^-x), right where it underflows too.
Halide::Expr logistic(Halide::Expr x);

Halide::Expr hyperbolicTangent(Halide::Expr x);

// Of radians, between -1 and 1. Right to some 2^-24 up to some thousand; beyond, what is left of x without
// its multiples of pi has the error of x.
Halide::Expr sine(Halide::Expr x);
Halide::Expr cosine(Halide::Expr x);

} // namespace ninc

// The error function of f32 and what is made of it, as Halide expressions, like those of Math.h.
//
// Polynomials are those of the Cephes library (Moshier 1989: erff, erfcf).
#pragma once

#include <Halide.h>

namespace ninc {

// 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.
Halide::Expr errorFunction(Halide::Expr x);

// x Phi(x), with Phi the distribution function of normal numbers, (1 + erf(x / sqrt(2))) / 2. Far below 0 as
// many places are right as the rounding of x^2/2 leaves e^(-x^2/2).
Halide::Expr gaussianErrorLinearUnit(Halide::Expr x);

// x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.
Halide::Expr gaussianErrorLinearUnitByTanh(Halide::Expr x);

} // namespace ninc

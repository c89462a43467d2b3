#include "codegen/halide/shared/ErrorFunction.h"

#include "codegen/halide/shared/Math.h"

namespace ninc {

using Halide::Expr;
using Halide::select;

namespace {

// erf(x) for |x| <= 1.
Expr nearZero(const Expr &x) {
  return polynomial(x * x, {7.853861353153693E-5f, -8.010193625184903E-4f, 5.188327685732524E-3f,
                            -2.685381193529856E-2f, 1.128358514861418E-1f, -3.761262582423300E-1f,
                            1.128379165726710f}) *
         x;
}

// 1 - erf(x) = e^(-x^2) / x * P(1/x^2) for x >= 1, with the exponential given; 0 from where on it is.
Expr tail(const Expr &x, const Expr &exponentialOfSquare) {
  Expr q = 1.0f / Halide::clamp(x, 1.0f, 11.0f), y = q * q;
  Expr below2 = polynomial(y, {2.326819970068386E-2f, -1.387039388740657E-1f, 3.687424674597105E-1f,
                               -5.824733027278666E-1f, 6.210004621745983E-1f, -4.944515323274145E-1f,
                               3.404879937665872E-1f, -2.741127028184656E-1f, 5.638259427386472E-1f});
  Expr from2 = polynomial(y, {-1.047766399936249E+1f, 1.297719955372516E+1f, -7.495518717768503f,
                              2.921019019210786f, -1.015265279202700f, 4.218463358204948E-1f,
                              -2.820767439740514E-1f, 5.641895067754075E-1f});
  return exponentialOfSquare * q * select(x < 2.0f, below2, from2);
}

} // namespace

Expr errorFunction(Expr x) {
  Expr magnitude = Halide::abs(x), bounded = Halide::clamp(magnitude, 1.0f, 11.0f);
  Expr large = 1.0f - tail(magnitude, exponential(-bounded * bounded));
  return select(magnitude < 1.0f, nearZero(x), select(x < 0.0f, -large, large));
}

// Below -1 Phi is half a tail, as it is; never 1 less a number near 1.
Expr gaussianErrorLinearUnit(Expr x) {
  Expr scaled = x * 0.707106781186547524f, magnitude = Halide::abs(scaled);
  Expr bounded = Halide::clamp(x, -15.5f, 15.5f); // e^-120 is 0
  Expr half = 0.5f * tail(magnitude, exponential(-0.5f * bounded * bounded));
  Expr phi = select(magnitude < 1.0f, 0.5f + 0.5f * nearZero(scaled), select(x < 0.0f, half, 1.0f - half));
  return x * phi;
}

// (1 + tanh(v)) / 2 is the logistic function of 2v.
Expr gaussianErrorLinearUnitByTanh(Expr x) {
  Expr bounded = Halide::clamp(x, -12.0f, 12.0f); // where it is 0 and x
  return x * logistic(1.5957691216057308f * (bounded + 0.044715f * bounded * bounded * bounded));
}

} // namespace ninc

// Error bounds of functions of elements (ir/ops/ElementFunctions.h): what an error of the argument makes of
// the value, and what a kernel's rounding adds to it.
//
// An argument that may be off by e is somewhere in [x - e, x + e], as far as the function's domain reaches.
// The value is then off by no more than the furthest of the values there, which for a monotone function are
// those at the ends; a function that turns is looked at where it turns as well, a wave at its first two turns
// there. A pole in that range makes the bound infinite. That is exact for errors of any size, where a slope
// times e would be a guess.
#pragma once

#include "ir/Tensor.h"
#include "ir/ops/ElementFunctions.h"
#include "ir/ops/Normalisation.h"

namespace ninc {

// How far a kernel's value at x may be from the reference's, where its argument is off by up to `error`, from
// 0 up. Infinite or NaN where nothing can be said.
double errorOf(const Unary &function, double x, double error);
double errorOf(const Binary &function, double a, double b, double aError, double bError);

// The same of a batch_norm's number of a channel.
double normalisationError(const BatchNorm &norm, std::size_t channel, double x, double error);

// Element by element. Errors have the shapes of their values; what isn't a finite f32 becomes the largest
// one.
Tensor elementErrors(const Unary &function, const Tensor &x, const Tensor &errors);
Tensor elementErrors(const Binary &function, const Tensor &a, const Tensor &aErrors, const Tensor &b,
                     const Tensor &bErrors);

} // namespace ninc

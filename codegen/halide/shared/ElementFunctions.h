// The functions of ir/ops/ElementFunctions.h as Halide expressions: the same wherever one is computed, by a
// kernel of its own, behind a layer's sum or within a chain, on CPUs and devices.
#pragma once

#include <Halide.h>

#include "ir/ops/ElementFunctions.h"

namespace ninc {

// f(x) and f(a, b) of f32 elements, to what the function's row allows (Rounding).
Halide::Expr apply(const Unary &function, const Halide::Expr &x);
Halide::Expr apply(const Binary &function, const Halide::Expr &a, const Halide::Expr &b);

} // namespace ninc

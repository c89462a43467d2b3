// An output element from its operands' elements: what the simple ops compute, the same for every kernel of
// theirs.
#pragma once

#include <Halide.h>

#include "codegen/halide/Activation.h"
#include "ir/Ops.h"

namespace ninc {

// What relu, leaky_relu, sigmoid and tanh do to an element; nothing for other ops (dropout).
Activation elementwiseActivation(const Op &op);

// Add or mul.
Halide::Expr combine(const Op &op, const Halide::Expr &a, const Halide::Expr &b);

// The mean is subtracted first, as the op is defined: folded into the bias it would cancel where it is large.
// `factor` is scale/sqrt(variance + epsilon).
Halide::Expr normalise(const Halide::Expr &x, const Halide::Expr &mean, const Halide::Expr &factor,
                       const Halide::Expr &bias);

// lrn, from the sum of the squares in the element's window.
Halide::Expr normaliseLocally(const Lrn &lrn, const Halide::Expr &x, const Halide::Expr &sumOfSquares);

} // namespace ninc

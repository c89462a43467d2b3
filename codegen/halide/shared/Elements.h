// An output element from its operands' elements: what the simple ops compute, the same for every kernel of
// theirs.
#pragma once

#include <Halide.h>
#include <array>

#include "codegen/halide/shared/ElementFunctions.h"
#include "codegen/halide/shared/Views.h"
#include "ir/ops/Ops.h"

namespace ninc {

// What an op of one operand makes of its element: a function's value; of dropout, the element.
Halide::Expr element(const Op &op, const Halide::Expr &x);

// batch_norm: ((x / 2 - mean / 2) * (2 factor / r) + bias / r) * r with factor = scale / sqrt(variance +
// epsilon) and a power of two r, 1 wherever it can, that keeps everything in range (PackWeights.cpp). The
// mean is subtracted first, as the op is defined: folded into the bias it would cancel where it is large.
std::array<Halide::ImageParam, 4> normalisation(Arguments &arguments, std::int64_t channels);
Halide::Expr normalise(const Halide::Expr &x, const std::array<Halide::ImageParam, 4> &parameters,
                       const Halide::Expr &channel);

} // namespace ninc

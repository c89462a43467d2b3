// An output element from its operands' elements: what the elementwise ops compute, the same for every kernel
// of theirs, and what a stage's epilogue does to its maps.
#pragma once

#include <Halide.h>
#include <functional>
#include <vector>

#include "codegen/halide/shared/ElementFunctions.h"
#include "codegen/halide/shared/Views.h"
#include "ir/ops/Ops.h"

namespace ninc {

// The result's element from the elements of the operands, in order, that belong to it. `channel` is where it
// is along the first dimension; functions of uniform ops (isUniform) take anything there, as elements in a
// line have no such coordinate.
using ElementFunction =
    std::function<Halide::Expr(const std::vector<Halide::Expr> &operands, const Halide::Expr &channel)>;

// What the spec's op, an elementwise one, does. Its parameters, if it has some, become arguments.
ElementFunction elementFunction(const KernelSpec &spec, Arguments &arguments);

// What a chain does to elements of so many channels. The parameters of its steps become the weights from
// number `firstWeights` on (packChain in codegen/kernel/WeightPacking.h).
ElementFunction chainFunction(const PointwiseChain &chain, std::int64_t channels, std::size_t firstWeights,
                              Arguments &arguments);

} // namespace ninc

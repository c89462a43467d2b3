// The invariants of a graph that the pipeline is done with, beyond those of ir/Verifier.h: what the back end
// may take as given. Each has a test that breaks it (tests/unit/passes/LoweredGraphTest.cpp).
//
// Needed by lowering, which refuses a graph that breaks them:
//  1. Every parameter is bound.
//  2. Inputs, outputs and constants are row-major (chw): callers, .npy files and packed weights have no other
//  order.
// Promised by the pipeline, which checks them behind its last pass. Kernels exist for graphs that break these
// too, so that tests can lower a model as it stands; nothing else does.
//  3. Every other value of rank 3 has its channels innermost (hwc), but for those that are walked by rows,
//  which are row-major (RowMajor.h).
//  4. There is no dropout: at inference it is its operand.
//  5. There is no conv2d of one group: it is an mlpconv of one layer.
//  6. An mlpconv has at most mostStageLayers layers.
//  7. A concat has at most mostConcatOperands operands.
//  8. Every node but inputs reaches an output.
//
// They stand here and not in codegen/, since it is passes that have to keep them.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/Graph.h"
#include "ir/Verifier.h"
#include "support/Result.h"

namespace ninc {

// Halide's time for a kernel grows faster than its layers (FuseMlpconv.cpp) and its operands
// (SplitConcat.cpp).
constexpr std::size_t mostStageLayers = 8;
constexpr std::size_t mostConcatOperands = 32;

// Every violation found, in the order of their numbers; empty for a graph that is ready. The graph must be
// sound by ir/Verifier.h.
std::vector<Violation> verifyLowered(const Graph &graph);

// Whether the pipeline has kept its promises, invariants 2 to 8; else a defect of ninc.
Result<void> checkPromises(const Graph &graph);

// Whether the graph can be lowered, invariants 1 and 2; else a defect of ninc.
Result<void> checkReadyToLower(const Graph &graph);

} // namespace ninc

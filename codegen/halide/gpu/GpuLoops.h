// Loops as a grid: one thread an element, neighbours in memory side by side.
#pragma once

#include "codegen/halide/KernelPipeline.h"

namespace ninc {

// Schedules `result`, whose arguments are `variables` and whose buffer is `view`, with blocks of so many
// threads. Returns the loop over a block's threads: what an element needs is computed there, in registers.
Halide::Var scheduleGpuLoops(Halide::Func result, const std::vector<Halide::Var> &variables,
                             const std::vector<Dimension> &view, int threads);

// Makes one loop of several, the first innermost.
Halide::Var fuseAll(Halide::Func f, const std::vector<Halide::Var> &variables);

// A reduction that one thread does for itself, at loop `at` of `consumer`.
void computePerThread(Halide::Func reduction, Halide::Func consumer, Halide::Var at);

// Stores f, which a block computes, in its shared memory, in whole pieces (gpuSharedPiece): along this
// variable there is room for more than there is.
void storeInShared(Halide::Func f, const Halide::Var &variable);

} // namespace ninc

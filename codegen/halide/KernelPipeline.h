// What every kernel family gives to CompileKernel.cpp: a scheduled Halide pipeline and how its arguments look
// in memory. Only files in codegen/halide/ include this, since it knows Halide.
#pragma once

#include <Halide.h>
#include <cstdint>
#include <vector>

#include "codegen/halide/Addressing.h"
#include "codegen/kernel/Kernel.h"

namespace ninc {

// All dimensions of all buffers are constants of the spec, set on the parameters, so that Halide folds them.
struct KernelPipeline {
  Halide::Pipeline pipeline;
  std::vector<Halide::Argument> inputs;
  std::vector<KernelArgument> arguments; // inputs first, then the pipeline's outputs: the C function's order
  std::int64_t scratchBytes = 0;
  std::int64_t scratchBytesPerThread = 0;
};

} // namespace ninc

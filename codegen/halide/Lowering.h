// What every kernel family gives to Kernel.cpp: a scheduled Halide pipeline and how its arguments look in
// memory. Only files in codegen/halide/ include this, since it knows Halide.
#pragma once

#include <Halide.h>
#include <cstdint>
#include <vector>

#include "codegen/Kernel.h"

namespace ninc {

// All dimensions of all buffers are constants of the spec, set on the parameters, so that Halide folds them.
struct LoweredKernel {
  Halide::Pipeline pipeline;
  std::vector<Halide::Argument> inputs;
  std::vector<KernelArgument> arguments; // inputs first, then the pipeline's outputs: the C function's order
  std::int64_t scratchBytes = 0;
  std::int64_t scratchBytesPerThread = 0;
};

// Fixes a buffer's dimensions to what `argument` says, for an input's parameter or an output's buffer.
inline void setDimensions(Halide::OutputImageParam parameter, const KernelArgument &argument) {
  for (std::size_t i = 0; i < argument.dimensions.size(); ++i) {
    const Dimension &dimension = argument.dimensions[i];
    parameter.dim(static_cast<int>(i))
        .set_bounds(static_cast<int>(dimension.min), static_cast<int>(dimension.extent))
        .set_stride(static_cast<int>(dimension.stride));
  }
}

} // namespace ninc

// What every kernel family gives to Kernel.cpp: a scheduled Halide pipeline and how its arguments look in
// memory. Only files in codegen/halide/ include this, since it knows Halide.
#pragma once

#include <Halide.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/kernel/Kernel.h"

namespace ninc {

// All dimensions of all buffers are constants of the spec, set on the parameters, so that Halide folds them.
struct LoweredKernel {
  Halide::Pipeline pipeline;
  std::vector<Halide::Argument> inputs;
  std::vector<KernelArgument> arguments; // inputs first, then the pipeline's outputs: the C function's order
  std::int64_t scratchBytes = 0;
  std::int64_t scratchBytesPerThread = 0;
};

// Thrown by a lowering whose kernel Halide's 32-bit arithmetic can't address; stops in compileKernel.
struct TooLarge {
  std::string reason;
};

// An extent, a coordinate or a distance as Halide's int; throws TooLarge if it isn't one.
int toInt(std::int64_t number);

// Throws TooLarge for memory of more than 2^31-1 bytes; `elements` is the number of f32.
void expectAddressable(double elements, std::string_view what);

// What halide_malloc takes of the worker's slice for a map of one block, a Func in MemoryType::Heap. Whatever
// grows with the model is there: the stack has room for register tiles and the like (NINC_STACK_BYTES).
std::int64_t pieceBytes(std::int64_t channels, std::int64_t pixels);

// Fixes a buffer's dimensions to what `argument` says, for an input's parameter or an output's buffer. Throws
// TooLarge for a buffer of more than 2^31-1 bytes.
void setDimensions(Halide::OutputImageParam parameter, const KernelArgument &argument);

} // namespace ninc

// A kernel as code, and the contract by which it is called.
//
// A CPU's kernel is an object that defines one function, `int symbol(void *context, halide_buffer_t *...)`,
// one buffer for each argument in order. It calls nothing but halide_do_par_for, halide_malloc and
// halide_free (runtime/) and memcpy, memmove, memset. `context` is a `struct ninc_kernel_context` of the
// runtime. halide_do_par_for gives each worker a context of its own, and halide_malloc only moves a pointer
// inside that worker's part of the caller's scratch: Halide knows no other way to compute an intermediate per
// block outside the stack.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

enum class ArgumentRole : std::uint8_t { input, weights, scratch, output };

struct Dimension {
  std::int64_t min = 0; // of the buffer's coordinates
  std::int64_t extent = 0;
  std::int64_t stride = 0; // in elements
};

// One halide_buffer_t of a CPU's kernel, whose elements are f32 (or i64, of an output); one buffer of a
// device's, which may be f16 too. Weights and scratch start at multiples of 64 bytes, inputs and outputs at
// any element. Dimensions are in Halide's order for that kernel, whatever that is: the host module copies
// them and knows nothing of their meaning.
struct KernelArgument {
  ArgumentRole role = ArgumentRole::input;
  std::size_t index = 0;   // input: operand; weights: packed tensor; output: result; scratch: region
  std::int64_t offset = 0; // scratch only: bytes from the start of the kernel's scratch
  std::vector<Dimension> dimensions;
  ElementType element = ElementType::f32; // f16 only on a device

  // From the first element to the last.
  std::int64_t bytes() const;
};

// One thing that a device runs for a kernel.
struct Launch {
  std::string entry;                       // in the source
  std::array<std::int32_t, 3> blocks = {}; // along x, y, z
  std::array<std::int32_t, 3> threads = {};
  std::int64_t sharedBytes = 0;       // dynamic shared memory (OpenCL: local) of a block
  std::vector<std::size_t> arguments; // of the kernel, in the entry's order
};

struct Kernel {
  // Of regions in the kernel's scratch.
  static constexpr std::int64_t scratchRegionAlignment = 64;

  std::string symbol;
  std::vector<KernelArgument> arguments;
  std::int64_t scratchBytes = 0; // of its scratch argument, at the arena's tail; 64-byte aligned
  // The most that halide_malloc has given out at one time to one worker, each piece rounded up to 128 bytes.
  std::int64_t scratchBytesPerThread = 0;
  // ELF relocatable, or LLVM's bitcode where a library is one module; for a device: OpenCL C or PTX.
  std::vector<std::byte> object;
  std::vector<Launch> launches; // of a device's kernel, in order; empty for a CPU's
};

// Compiles one kernel. The schedule must be legal for the spec (checkLegal). Thread-safe: several kernels may
// be compiled at once. A spec whose operands, weights or intermediate maps take more than 2^31-1 bytes is bad
// input; every failure inside Halide becomes an internal error with its text.
Result<Kernel> compileKernel(const KernelSpec &spec, const Schedule &schedule, const std::string &symbol);

} // namespace ninc

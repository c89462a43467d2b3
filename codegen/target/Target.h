// The machine code is made for: instruction set, vector shape, cache sizes, and what runs it. Schedules ask
// this and nothing else, so none is tied to the machine on which ninc runs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/Result.h"

namespace ninc {

enum class Arch : std::uint8_t { x86_64, aarch64, riscv64, riscv32, arm, wasm32 };

// What there is around the code: the form of its objects, and which functions of the system it may call.
// `none` is bare metal: nothing but memcpy, memmove and memset, and one thread.
enum class Platform : std::uint8_t { gnuLinux, windows, macos, wasm, none };

// Sets of instructions that kernels are written for, each with all before it on that architecture; the cores
// of microcontrollers stand for themselves.
enum class Isa : std::uint8_t {
  x86_64_v2,      // SSE4.2: 4 lanes, no FMA
  x86_64_v3,      // AVX2 + FMA: 8 lanes, 16 registers
  x86_64_v4,      // AVX-512 F/BW/CD/DQ/VL: 16 lanes, 32 registers
  neon,           // aarch64 Advanced SIMD: 4 lanes, 32 registers
  neonDotProduct, // and the products of four bytes of Armv8.2
  rv64gc,         // RISC-V of 64 bits without vectors
  rv64gcv,        // with vectors of 128 bits or more
  wasmSimd128,    // WebAssembly with vectors: 4 lanes
  rv32imac,       // RISC-V of 32 bits, without floating point
  rv32imafc,      // with it
  cortexM0Plus,
  cortexM3,
  cortexM4,
  cortexM7,
  cortexM33,
  cortexM55,
  cortexM85,
};

struct Target {
  std::string name; // "x86-64-v3", "aarch64-macos": canonical, also what the library reports
  Arch arch = Arch::x86_64;
  Isa isa = Isa::x86_64_v3;
  Platform platform = Platform::gnuLinux;
  int vectorLanes = 8; // f32 in a vector register
  int vectorRegisters = 16;
  std::int64_t l1Bytes = 32 << 10; // data, per core
  std::int64_t l2Bytes = 512 << 10;

  friend bool operator==(const Target &, const Target &) = default;
};

// "host", "x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64" (or "armv8-a"), "armv8.2-a+dotprod", "riscv64",
// "rv64gc", "wasm32", or a CPU name that LLVM knows ("znver3", "skylake-avx512"), which means the widest of
// the sets above that it has. With "-windows", "-macos" or "-none" behind it for that platform instead of
// Linux
// ("x86_64-windows" is that of the lowest level); microcontrollers ("cortex-m4") have none of those. Cache
// sizes are the host's for "host", else modest ones of the class. The error lists what there is.
Result<Target> parseTarget(std::string_view text);

// The target's name, and whatever differs from what the name stands for: "x86-64-v4 l1 49152 l2 2097152".
// Targets of equal text are equal.
std::string toString(const Target &target);

// The same CPU without a system around it. An error where there is no such thing.
Result<Target> onBareMetal(Target target);

// Whether code for the target can run in this process.
bool runsHere(const Target &target);

// An error where they are of several architectures or platforms.
Result<void> checkOneArch(std::span<const Target> targets);

// Whether its code is LLVM's of one module (codegen/library/WholeModule.h) rather than objects that lld
// links.
bool isOneModule(const Target &target);
// Whether LLVM makes objects of its kernels, since Halide knows no such machine.
bool isMadeByLlvm(const Target &target);

std::string llvmTriple(const Target &target);   // "x86_64-unknown-linux-gnu"
std::string llvmCpu(const Target &target);      // "cortex-m4"; empty for any of the features
std::string llvmFeatures(const Target &target); // "+avx2,+fma,..."
std::string halideTarget(const Target &target); // "x86-64-linux-avx-avx2-fma-..." for kernels

} // namespace ninc

#include "codegen/target/InstructionSets.h"

#include <algorithm>
#include <array>

namespace ninc {

namespace {

constexpr std::string_view sse42 = "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt";
constexpr std::string_view avx2 =
    "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe";
constexpr std::string_view avx512 =
    "+cx16,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+f16c,+bmi,+bmi2,+lzcnt,+movbe,"
    "+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl";
constexpr std::string_view wasmSimd = "+simd128,+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext";

constexpr std::string_view x86Elf = "x86_64-unknown-none-elf", armElf = "aarch64-none-elf",
                           riscv64Elf = "riscv64-unknown-none-elf", riscv32Elf = "riscv32-unknown-none-elf";

// Memory of a microcontroller beside its core, and what a kernel may take of it at a time.
constexpr std::int64_t microL1 = 16 << 10, microL2 = 64 << 10;
constexpr std::int64_t l1 = 32 << 10, l2 = 512 << 10;

// RISC-V's vectors are those of 128 bits that any machine with them has, as fixed ones of four lanes:
// Halide's own code for them is for one length of the registers, and wrong where it stores elements apart
// from one another (strides in elements where LLVM counts bytes).

// Cortex-M by Arm's Technical Reference Manuals: the M4 and M33 have 32 registers of single precision, the M7
// of double precision too, and the M55 the vector extension (8 registers of 128 bits).
constexpr std::array<InstructionSet, 17> sets{{
    {Isa::x86_64_v2, Arch::x86_64, "x86-64-v2", sse42, "x86-64", "-sse41", 4, 16, l1, 256 << 10, true,
     x86Elf},
    {Isa::x86_64_v3, Arch::x86_64, "x86-64-v3", avx2, "x86-64", "-sse41-avx-avx2-fma-f16c", 8, 16, l1, l2,
     true, x86Elf},
    {Isa::x86_64_v4, Arch::x86_64, "x86-64-v4", avx512, "x86-64",
     "-sse41-avx-avx2-fma-f16c-avx512-avx512_skylake", 16, 32, l1, 1 << 20, true, x86Elf},
    {Isa::neon, Arch::aarch64, "aarch64", "+fp-armv8,+neon", "arm-64", "", 4, 32, l1, l2, true, armElf},
    {Isa::neonDotProduct, Arch::aarch64, "armv8.2-a+dotprod", "+fp-armv8,+neon,+dotprod", "arm-64",
     "-arm_dot_prod", 4, 32, l1, l2, true, armElf},
    {Isa::rv64gc, Arch::riscv64, "rv64gc", "+m,+a,+f,+d,+c", "x86-64", "", 1, 32, l1, l2, true, riscv64Elf},
    {Isa::rv64gcv, Arch::riscv64, "riscv64", "+m,+a,+f,+d,+c,+v", "x86-64", "", 4, 32, l1, l2, true,
     riscv64Elf},
    {Isa::wasmSimd128, Arch::wasm32, "wasm32", wasmSimd, "wasm-32", "-wasm_simd128", 4, 16, l1, l2, true, ""},
    {Isa::rv32imac, Arch::riscv32, "rv32imac", "+m,+a,+c", "arm-32", "-no_neon", 1, 8, microL1, microL2,
     false, riscv32Elf},
    {Isa::rv32imafc, Arch::riscv32, "rv32imafc", "+m,+a,+f,+c", "arm-32", "-no_neon", 1, 32, microL1, microL2,
     false, riscv32Elf},
    {Isa::cortexM0Plus, Arch::arm, "cortex-m0plus", "", "arm-32", "-no_neon", 1, 8, microL1, microL2, false,
     "thumbv6m-none-eabi", "cortex-m0plus"},
    {Isa::cortexM3, Arch::arm, "cortex-m3", "", "arm-32", "-no_neon", 1, 8, microL1, microL2, false,
     "thumbv7m-none-eabi", "cortex-m3"},
    {Isa::cortexM4, Arch::arm, "cortex-m4", "+vfp4d16sp,-fp64,-d32", "arm-32", "-no_neon", 1, 32, microL1,
     microL2, false, "thumbv7em-none-eabihf", "cortex-m4"},
    {Isa::cortexM7, Arch::arm, "cortex-m7", "+fp-armv8d16,-d32", "arm-32", "-no_neon", 1, 32, microL1,
     microL2, false, "thumbv7em-none-eabihf", "cortex-m7"},
    {Isa::cortexM33, Arch::arm, "cortex-m33", "+fp-armv8d16sp,-fp64,-d32", "arm-32", "-no_neon", 1, 32,
     microL1, microL2, false, "thumbv8m.main-none-eabihf", "cortex-m33"},
    {Isa::cortexM55, Arch::arm, "cortex-m55", "+mve.fp", "arm-32", "-no_neon", 4, 8, microL1, microL2, false,
     "thumbv8.1m.main-none-eabihf", "cortex-m55"},
    {Isa::cortexM85, Arch::arm, "cortex-m85", "+mve.fp", "arm-32", "-no_neon", 4, 8, microL1, microL2, false,
     "thumbv8.1m.main-none-eabihf", "cortex-m85"},
}};

} // namespace

std::span<const InstructionSet> instructionSets() {
  return sets;
}

const InstructionSet &instructionSet(Isa isa) {
  return *std::ranges::find(sets, isa, &InstructionSet::isa);
}

} // namespace ninc

// What Halide's PTX lacks to run wherever it may be loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/kernel/Kernel.h"
#include "support/Result.h"

namespace ninc {

// Halide addresses shared memory from 0. On compute capability 9.0 and later the first 1024 bytes of a
// block's belong to the system (PTX ISA, "Special Registers: %reserved_smem_offset_..."), and PTX made for an
// older one meets that when it runs there. So addresses start behind them, everywhere, and a block asks for
// as much more.
constexpr int reservedSharedBytes = 1024;

// PTX whose loads from and stores to shared memory are `reservedSharedBytes` further on. An error for
// instructions that use shared memory in another way: none of what Halide makes.
Result<std::string> skipReservedSharedMemory(std::string_view ptx);

// Limits each entry's registers to what a multiprocessor has for a block of the launch's threads (.maxnreg):
// the driver's assembler doesn't know how many those are, and a block that wants more isn't started.
// (.maxntid would tell it, but then it spills for the sake of more blocks.) An error if the PTX hasn't such
// an entry.
Result<std::string> limitRegisters(std::string ptx, const std::vector<Launch> &launches);

} // namespace ninc

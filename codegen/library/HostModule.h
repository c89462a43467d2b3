// The code around the kernels, as LLVM IR: M_run and its generic form, one function a step, argument checks,
// the loop over a batch, per-kernel times, and the descriptor `ninc_model` as constant data (M is the model's
// name). It holds no numbers of the network: weights are a symbol of another object
// (codegen/program/Symbols.h).
#pragma once

#include <cstdint>
#include <string>

#include "codegen/program/Program.h"
#include "support/Result.h"

namespace ninc {

enum class HostModuleForm : std::uint8_t {
  sharedLibraryObject, // ELF; exports the descriptor as ninc_model_v1 too
  linkableObject,      // ELF, for .o and .a
  assembly,            // text; refers to the kernels, the weights and the runtime as external symbols
  llvmIr               // likewise
};

// Verified, optimised (O2) and emitted for the program's architecture. The code itself uses nothing but the
// architecture's base instructions, so that it can tell a CPU that can't run the kernels. Deterministic.
Result<std::string> emitHostModule(const Program &program, HostModuleForm form);

} // namespace ninc

// The code around the kernels: one function a step of each version, those of the C interface, and the
// descriptor `ninc_model` as constant data (M is the model's name). How versions are chosen and images go
// through them is the runtime's (runtime/cpu/run.c). It holds no numbers of the network: weights are a symbol
// of another object (codegen/program/Symbols.h).
#pragma once

#include <cstdint>
#include <string>

#include "codegen/program/Program.h"
#include "codegen/target/EmissionForm.h"
#include "support/Result.h"

namespace llvm {
class Module;
}

namespace ninc {

struct HostModuleOptions {
  EmissionForm form = EmissionForm::object; // in an object or as text, kernels, weights and runtime are
                                            // external symbols
  bool exportsDescriptor = false;           // as ninc_model_v1 too, by which shared libraries are opened
  bool keepsLlvmIr = false;                 // what the object was made of, as text
};

struct HostModule {
  std::string code;   // in the form that was asked for
  std::string llvmIr; // if it is kept
};

// Verified, optimised (O2) and emitted for the program's architecture. The code itself uses nothing but the
// architecture's base instructions, so that it can tell a CPU that can't run the kernels. Deterministic.
Result<HostModule> emitHostModule(const Program &program, const HostModuleOptions &options);

// The same, written into a module that has its target (codegen/target/NativeEmission.h) and goes on from
// there.
void buildHostModule(llvm::Module &module, const Program &program, bool exportsDescriptor);

} // namespace ninc

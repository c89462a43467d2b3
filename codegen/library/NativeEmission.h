// LLVM's back end behind one call: verify, optimise, emit.
#pragma once

#include <cstdint>
#include <llvm/IR/Module.h>
#include <string>

#include "support/Result.h"

namespace ninc {

enum class EmissionForm : std::uint8_t { object, assembly, llvmIr };

// Tells the module what it is made for. Call it before anything is built, since alignments follow from it.
Result<void> setTarget(llvm::Module &module, const std::string &triple);

// Optimises the module at O2 for the base CPU of its triple, position-independent, and returns it as bytes or
// text. Thread-safe for modules of different contexts. A module that LLVM's verifier refuses is an internal
// error with the verifier's words.
Result<std::string> emitNative(llvm::Module &module, EmissionForm form);

} // namespace ninc

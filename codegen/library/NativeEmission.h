// LLVM's back end: verify, optimise, emit.
#pragma once

#include <llvm/IR/Module.h>
#include <string>

#include "codegen/library/EmissionForm.h"
#include "support/Result.h"

namespace ninc {

// Tells the module what it is made for. Call it before anything is built, since alignments follow from it.
Result<void> setTarget(llvm::Module &module, const std::string &triple);

// Optimises the module at O2 for the base CPU of its triple. A module that LLVM's verifier refuses is an
// internal error with the verifier's words.
Result<void> optimise(llvm::Module &module);

// The module as LLVM's text.
std::string textOf(const llvm::Module &module);

// The module as it is, for the base CPU of its triple, position-independent: as bytes or text. Emitting
// changes the module. Thread-safe for modules of different contexts.
Result<std::string> emitNative(llvm::Module &module, EmissionForm form);

} // namespace ninc

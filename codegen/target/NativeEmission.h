// LLVM's back end: say what a module is made for, verify, optimise, emit.
#pragma once

#include <llvm/IR/Module.h>
#include <string>

#include "codegen/target/EmissionForm.h"
#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// Tells the module what it is made for. Call it before anything is built, since alignments follow from it.
Result<void> setTarget(llvm::Module &module, const Target &target);

// Makes every function that the module has the target's in place of whosever they were: for the base CPU of
// the architecture, or for the target's own instructions.
enum class Instructions : std::uint8_t { base, own };
void setInstructions(llvm::Module &module, const Target &target, Instructions instructions);

// Says at every 32-bit number that passes through a call how the ABI wants it to be widened. Code that is one
// module with its callers needs it only where C calls it or is called.
void widenWords(llvm::Module &module, const Target &target);

// Optimises the module at O2, for the base CPU of its architecture where a function doesn't say otherwise. A
// module that LLVM's verifier refuses is an internal error with the verifier's words.
Result<void> optimise(llvm::Module &module, const Target &target);

// The module as LLVM's text.
std::string textOf(const llvm::Module &module);

// The module as it is, as bytes or text; position-independent where systems are. Emitting changes the module.
// With `stackUse`, the text in which LLVM tells what each function has on the stack, one a line.
// Thread-safe for modules of different contexts.
Result<std::string> emitNative(llvm::Module &module, const Target &target, EmissionForm form,
                               std::string *stackUse = nullptr);

} // namespace ninc

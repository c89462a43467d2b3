// What kernels do where a CPU hasn't got an instruction for it, and LLVM would call a C library that may not
// be there.
#pragma once

#include <llvm/IR/Module.h>

#include "codegen/target/Target.h"

namespace ninc {

// Rounding and roots become calls of the runtime's (runtime/cpu/math.h), the larger or smaller of two numbers
// a comparison: or WebAssembly's own: where one isn't a number the result is
// unspecified.
void substituteMissing(llvm::Module &module, const Target &target);

} // namespace ninc

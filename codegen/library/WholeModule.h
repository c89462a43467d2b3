// A library as one module of LLVM's: what becomes of a program for machines where ninc has no linker of
// objects, or none that could make symbols local (COFF, Mach-O, WebAssembly), and on bare metal, where it
// tells the depth of the stack. Kernels, the runtime and the functions around them are intermediate code, the
// weights a constant; all is one object that has no symbols but the interface's, so that any number of them
// can be linked together.
#pragma once

#include <cstdint>
#include <string>

#include "codegen/program/Program.h"
#include "support/Result.h"

namespace ninc {

struct WholeModule {
  std::string object;          // in the form of the platform: ELF, COFF, Mach-O or WebAssembly
  std::string llvmIr;          // what it was made of, if that is kept
  std::int64_t stackBytes = 0; // on bare metal: what M_run takes at most (codegen/library/StackBound.h)
};

// For programs whose machine isOneModule. Of other symbols the object needs those of C's memory functions
// and, where the compiler for that platform itself calls any, what it calls; anything else is an internal
// error. Deterministic.
Result<WholeModule> emitWholeModule(const Program &program, bool keepsLlvmIr);

} // namespace ninc

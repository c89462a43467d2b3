// Kernels for machines that Halide knows nothing of, or whose objects are made of one module: as intermediate
// code, that of Halide's own LLVM, read by ninc's.
//
// Halide's LLVM is newer and hidden in its library, so the code passes as text, where what ninc's doesn't
// know yet can be said in older words. The code is the same for all machines with pointers of the same width;
// what it is made for, down to the instructions, is said anew here.
#pragma once

#include <string>
#include <string_view>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// From Halide's text of the kernel `symbol` to what the target's libraries are made of: bitcode where that is
// one module, else an object. Only `symbol` is seen from outside. Code that asks for another architecture's
// instructions is an internal error, as is text that can't be read.
Result<std::string> kernelCode(std::string text, const std::string &symbol, const Target &target);

// The text in words that ninc's LLVM knows.
std::string inOlderWords(std::string_view text);

} // namespace ninc

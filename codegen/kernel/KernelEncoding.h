// A compiled kernel, or why there is none, as bytes: how a child process hands it to its parent. Both run the
// same program, so numbers are written as they lie in memory.
#pragma once

#include <string>
#include <string_view>

#include "codegen/kernel/Kernel.h"
#include "support/Result.h"

namespace ninc {

std::string encode(const Result<Kernel> &kernel);

// An internal error for bytes that encode() has not written, or not all of them.
Result<Kernel> decodeKernel(std::string_view bytes);

} // namespace ninc

// A compiled kernel, or why there is none, as bytes: how a child process hands it to its parent
// (support/ByteStream.h).
#pragma once

#include <string>

#include "codegen/kernel/Kernel.h"
#include "support/Result.h"

namespace ninc {

std::string encode(const Result<Kernel> &kernel);

// An internal error for bytes that encode() has not written, or not all of them.
Result<Kernel> decodeKernel(std::string bytes);

} // namespace ninc

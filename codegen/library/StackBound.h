// How much stack a library's functions need at most, from what its code is: LLVM tells each function's frame,
// the module who calls whom.
#pragma once

#include <cstdint>
#include <llvm/IR/Module.h>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// The most that a call of any of `functions` takes below its caller's frame, its return address counted, but
// without what functions outside the module take (memcpy, memset, those of a floating point that the CPU
// hasn't got). A call through a pointer counts as the dearest of those that the module takes addresses of and
// that fit; one that leaves the module (a caller's parallel_for) as nothing. `fromOutside` are functions
// whose address is only for callers.
//
// `frames` is what emitNative tells of the same module, one function a line. An internal error where there is
// no bound: recursion, or a frame whose size isn't known.
Result<std::int64_t> stackBound(const llvm::Module &module, std::string_view frames,
                                const std::vector<std::string> &functions,
                                const std::vector<std::string> &fromOutside, const Target &target);

} // namespace ninc

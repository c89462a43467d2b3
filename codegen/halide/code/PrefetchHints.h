// Which caches a kernel's prefetches fill.
//
// Halide asks for data that is used once and then dropped (x86's PREFETCHNTA, which passes L2 by). Panels of
// weights are read once for each register tile, so they should stay: PREFETCHT0 differs in three bits of the
// instruction's ModRM byte (Intel SDM volume 2, PREFETCHh).
#pragma once

#include <string>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// Turns every PREFETCHNTA in the code of an ELF relocatable object into PREFETCHT0, in place. Nothing to do,
// and nothing done, for other architectures than x86-64. Fails for an object that can't be read.
Result<void> prefetchIntoAllCaches(std::string &object, const Target &target);

} // namespace ninc

// The program that times candidates (tuner/runner/README.md), which ninc carries inside itself.
#pragma once

#include <cstddef>
#include <span>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// A static executable for Linux. An error if ninc was built on a machine that can't make one for that
// architecture.
Result<std::span<const std::byte>> runnerProgram(Arch arch);

} // namespace ninc

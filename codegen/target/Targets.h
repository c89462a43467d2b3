// All that a library is made for: CPUs, and devices beside them. The value of a --target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/target/GpuTarget.h"
#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

struct Targets {
  std::vector<Target> cpus;       // of one architecture, each set of instructions once; at least one
  std::vector<GpuTarget> devices; // at most one an api
};

// "host+opencl", "x86-64-v2,x86-64-v3+opencl+sm_86": what parseTarget reads, with commas between several,
// then devices as parseGpuTarget reads them, each after a plus. The error lists what there is.
Result<Targets> parseTargets(std::string_view text);

// "x86-64-v3+opencl+sm_80 f16": equal texts, equal targets.
std::string toString(const Targets &targets);

} // namespace ninc

// What becomes of a model's ops on each target, for `ninc show`: kernels, what is launched for them,
// schedules.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "codegen/program/Program.h"

namespace ninc {

// The CPU's kernels, then those of each device, to stdout.
void printPlan(const Program &program);

// The same for programs: an array, one object a target.
nlohmann::json planToJson(const Program &program);

} // namespace ninc

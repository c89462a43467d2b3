// Which schedule each kernel of a plan gets, why, and what has to be compiled for that.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/schedule/ScheduleChoice.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct KernelChoices {
  std::vector<std::size_t> requestOf;  // of each kernel of the plan: its code's place among the requests
  std::vector<KernelRequest> requests; // each pair of spec and schedule once, in order of need
  std::vector<ScheduleReason> reasons; // where there is something to say, in the plan's order
};

// What options.chooseSchedule says, else the cost model's choice, which is made once for equal specs. A
// device's schedule that breaks the device's limits is an error that names the kernel; a CPU's is taken as it
// is.
Result<KernelChoices> chooseKernels(const Graph &graph, const ModelPlan &plan, const CompileOptions &options);

} // namespace ninc

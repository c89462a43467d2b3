// A Program of a plan and its compiled kernels: steps with their arguments, packed weights, scratch.
#pragma once

#include <vector>

#include "codegen/kernel/Kernel.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/program/KernelChoices.h"
#include "codegen/program/Program.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// What has the model's interface and no step.
Program interfaceOf(const Graph &graph, const PlanOptions &options);

// `kernels` are those of chosen.requests, in their order. The graph is the plan's, with its parameters bound;
// weights that don't fit (into halves, into a library) are an error that names them.
Result<Program> assemble(const Graph &graph, const PlanOptions &options, const ModelPlan &plan,
                         const KernelChoices &chosen, std::vector<Kernel> kernels);

} // namespace ninc

// Which kernels a model needs, before any of them is compiled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/plan/BatchPlan.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/spec/KernelSpec.h"
#include "ir/Graph.h"
#include "passes/MemoryPlan.h"
#include "support/Result.h"

namespace ninc {

struct PlannedKernel {
  Node node;
  std::string name; // of the node's first result
  KernelSpec spec;
  // The cost model's schedule, where planning a batch has chosen it already; others choose it when it is
  // needed.
  std::optional<ScheduleChoice> usual = {};
};

struct ModelPlan {
  MemoryPlan memory; // of a group of images
  std::int64_t group = 1;
  std::vector<PlannedKernel> kernels; // in execution order; several may have equal specs
};

// The plans of the versions for one target and size, the largest group first; one where the batch is fixed.
// The graph must be through the pipeline (passes/LoweredGraph.h). On a device all images of the batch are a
// group, and each kernel computes all of them.
Result<std::vector<ModelPlan>> planVersions(const Graph &graph, const PlanOptions &options);

// The first of them.
Result<ModelPlan> planModel(const Graph &graph, const PlanOptions &options);

} // namespace ninc

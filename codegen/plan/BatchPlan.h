// How a batch goes through a model: how many images pass the kernels together, and how many each kernel
// computes in one call.
//
// Images that pass together share what a kernel reads once a call, which is its weights; but their maps have
// to live side by side, and beyond some number they leave the cache. Each kernel takes as many images a call
// as the cost model likes (codegen/schedule/mlpconv/MlpconvCost.h); the others are called image by image. The
// schedules that this was found out with are the kernels' default ones, and are handed on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codegen/plan/CompileOptions.h"
#include "ir/Graph.h"

namespace ninc {

struct BatchPlan {
  std::int64_t group = 1;           // divides the batch
  std::vector<std::int64_t> images; // of each node of the order: a call; divides the group
  // Of each node: the cost model's schedule for a call of so many images, where planning has chosen it.
  std::vector<std::optional<ScheduleChoice>> usual;
};

// For a CPU. `order` holds the nodes that have kernels. Deterministic.
BatchPlan planBatch(const Graph &graph, const std::vector<Node> &order, const PlanOptions &options);

} // namespace ninc

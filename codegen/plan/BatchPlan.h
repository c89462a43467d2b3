// How a batch goes through a model: how many images pass the kernels together, and how many each kernel
// computes in one call.
//
// Images that pass together share what a kernel reads once a call, which is its weights; but their maps have
// to live side by side, and beyond some number they leave the cache. Each kernel takes as many images a call
// as the cost model likes (codegen/schedule/mlpconv/MlpconvCost.h); the others are called image by image. The
// schedules that this was found out with are the kernels' default ones, and are handed on.
//
// Where a run may have any number of images up to the batch, there are several groups, and a run takes the
// largest that fits what is left (runtime/cpu/run.c). Each group more is more code, so there are only as many
// as it takes for no number of images to be predicted to cost notably more than in a library compiled for it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codegen/plan/CompileOptions.h"
#include "ir/Graph.h"

namespace ninc {

struct BatchPlan {
  std::int64_t group = 1;           // divides the batch, if that is fixed
  std::vector<std::int64_t> images; // of each node of the order: a call; divides the group
  // Of each node: the cost model's schedule for a call of so many images, where planning has chosen it.
  std::vector<std::optional<ScheduleChoice>> usual;
};

// For a CPU: the groups of a run, the largest first; of a fixed batch one, else 1 is the last. `order` holds
// the nodes that have kernels. Deterministic.
std::vector<BatchPlan> planBatch(const Graph &graph, const std::vector<Node> &order,
                                 const PlanOptions &options);

// Which groups runs of 1 to `batch` images need, by what a group of i + 1 images costs (`costs[i]`; groups
// are no larger than `costs` is long): 1, and those without which some number of images would cost more than
// `slack` times what it costs in equal groups of the best size. Descending.
std::vector<std::int64_t> groupsForAnyBatch(const std::vector<double> &costs, std::int64_t batch,
                                            double slack);

} // namespace ninc

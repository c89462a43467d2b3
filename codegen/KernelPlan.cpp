#include "codegen/KernelPlan.h"

#include <fmt/format.h>

namespace ninc {

namespace {

// Of a batch: far below where byte offsets overflow.
constexpr std::int64_t mostImages = std::int64_t{1} << 20;

} // namespace

Result<ModelPlan> planModel(const Graph &graph, const CompileOptions &options) {
  if (options.batch < 1 || options.batch > mostImages)
    return fail(fmt::format("a batch has 1 to {} images, not {}", mostImages, options.batch));
  auto memory = planMemory(graph);
  if (!memory) return tl::unexpected(memory.error());
  const BatchPlan batch = planBatch(graph, memory->order, options);
  if (batch.group > 1) memory = planMemory(graph, batch.group);
  if (!memory) return tl::unexpected(memory.error());
  ModelPlan plan{std::move(*memory), batch.group, {}};
  for (std::size_t i = 0; i < plan.memory.order.size(); ++i) {
    const Node node = plan.memory.order[i];
    KernelSpec spec = kernelSpecOf(graph, node, options.target);
    spec.images = batch.images[i];
    plan.kernels.push_back({node, graph.name(graph.result(node)), std::move(spec)});
  }
  return plan;
}

} // namespace ninc

#include "codegen/KernelPlan.h"

#include <fmt/format.h>

#include "runtime/device.h"

namespace ninc {

namespace {

// Of a batch: far below where byte offsets overflow.
constexpr std::int64_t mostImages = std::int64_t{1} << 20;

Result<ModelPlan> planDevice(const Graph &graph, const CompileOptions &options, const GpuTarget &gpu) {
  auto memory = planMemory(graph, options.batch, NINC_DEVICE_ALIGNMENT);
  if (!memory) return tl::unexpected(memory.error());
  ModelPlan plan{std::move(*memory), options.batch, {}};
  for (const Node node : plan.memory.order) {
    KernelSpec spec = kernelSpecOf(graph, node, Target{});
    spec.images = options.batch;
    spec.gpu = gpu;
    plan.kernels.push_back({node, graph.name(graph.result(node)), std::move(spec)});
  }
  return plan;
}

} // namespace

Result<ModelPlan> planModel(const Graph &graph, const CompileOptions &options,
                            const std::optional<GpuTarget> &gpu) {
  if (options.batch < 1 || options.batch > mostImages)
    return fail(fmt::format("a batch has 1 to {} images, not {}", mostImages, options.batch));
  if (gpu) return planDevice(graph, options, *gpu);
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

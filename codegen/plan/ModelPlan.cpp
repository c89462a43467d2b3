#include "codegen/plan/ModelPlan.h"

#include <fmt/format.h>

#include "runtime/device/device.h"

namespace ninc {

namespace {

// Of a batch: far below where byte offsets overflow.
constexpr std::int64_t mostImages = std::int64_t{1} << 20;

// The plan for values of half the size.
void halve(MemoryPlan &memory) {
  memory.arenaBytes /= 2;
  for (auto &[value, place] : memory.places)
    if (place.kind == Placement::Kind::arena) place.offset /= 2, place.bytes /= 2;
}

Result<ModelPlan> planDevice(const Graph &graph, const PlanOptions &options, const GpuTarget &gpu) {
  const bool halves = gpu.storage == ElementType::f16;
  auto memory = planMemory(graph, options.batch, NINC_DEVICE_ALIGNMENT * (halves ? 2 : 1));
  if (!memory) return tl::unexpected(memory.error());
  if (halves) halve(*memory);
  auto keep = [&](Value value, TensorType &type) {
    if (memory->places.at(value).kind == Placement::Kind::arena) type.element = gpu.storage;
  };
  ModelPlan plan{*memory, options.batch, {}};
  for (const Node node : plan.memory.order) {
    KernelSpec spec = kernelSpecOf(graph, node, gpu);
    spec.images = options.batch;
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      const Value operand = graph.operand(node, i);
      keep(operand, spec.inputs[i]);
      if (spec.images > 1 && memory->places.at(operand).kind == Placement::Kind::constant)
        spec.constants.push_back(i);
    }
    for (std::size_t i = 0; i < spec.outputs.size(); ++i)
      keep(graph.result(node, i), spec.outputs[i]);
    plan.kernels.push_back({node, graph.name(graph.result(node)), std::move(spec), std::nullopt});
  }
  return plan;
}

Result<ModelPlan> planGroup(const Graph &graph, const PlanOptions &options, BatchPlan &&batch) {
  auto memory = planMemory(graph, batch.group);
  if (!memory) return tl::unexpected(memory.error());
  ModelPlan plan{std::move(*memory), batch.group, {}};
  for (std::size_t i = 0; i < plan.memory.order.size(); ++i) {
    const Node node = plan.memory.order[i];
    KernelSpec spec = kernelSpecOf(graph, node, options.target);
    spec.images = batch.images[i];
    plan.kernels.push_back(
        {node, graph.name(graph.result(node)), std::move(spec), std::move(batch.usual[i])});
  }
  return plan;
}

} // namespace

Result<std::vector<ModelPlan>> planVersions(const Graph &graph, const PlanOptions &options) {
  if (options.batch < 1 || options.batch > mostImages)
    return fail(fmt::format("a batch has 1 to {} images, not {}", mostImages, options.batch));
  std::vector<ModelPlan> plans;
  if (const auto *gpu = std::get_if<GpuTarget>(&options.target)) {
    auto plan = planDevice(graph, options, *gpu);
    if (!plan) return tl::unexpected(plan.error());
    plans.push_back(std::move(*plan));
    return plans;
  }
  const auto order = planMemory(graph);
  if (!order) return tl::unexpected(order.error());
  for (BatchPlan &batch : planBatch(graph, order->order, options)) {
    auto plan = planGroup(graph, options, std::move(batch));
    if (!plan) return tl::unexpected(plan.error());
    plans.push_back(std::move(*plan));
  }
  return plans;
}

Result<ModelPlan> planModel(const Graph &graph, const PlanOptions &options) {
  auto plans = planVersions(graph, options);
  if (!plans) return tl::unexpected(plans.error());
  return std::move(plans->front());
}

} // namespace ninc

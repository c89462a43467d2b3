// Three strokes: describe a step for each kernel of the plan; lay out scratch; then pack weights and fill in
// where every argument is.
#include "codegen/program/Assembly.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/schedule/ScheduleText.h"
#include "ir/Printer.h"
#include "ir/ops/OpCost.h"
#include "runtime/device/device.h"
#include "support/Arithmetic.h"
#include "support/Half.h"

namespace ninc {

namespace {

class Assembly {
public:
  Assembly(const AssemblyParts &parts, const KernelTarget &target, std::size_t size)
      : graph_(parts.graph), plan_(parts.plan), parts_(parts) {
    version_.target = target;
    version_.size = size;
  }

  Result<Version> assemble(WeightBlob &weights) {
    version_.group = plan_.group;
    version_.reasons = parts_.chosen.reasons;
    for (std::size_t i = 0; i < plan_.kernels.size(); ++i)
      describeStep(plan_.kernels[i], parts_.chosen.requestOf[i]);
    layOutScratch();
    for (std::size_t i = 0; i < version_.steps.size(); ++i)
      if (auto placed = placeArguments(version_.steps[i], plan_.kernels[i].node, weights); !placed)
        return tl::unexpected(placed.error());
    return std::move(version_);
  }

private:
  void describeStep(const PlannedKernel &kernel, std::size_t number) {
    const auto &[node, name, spec, usual] = kernel;
    const Schedule &schedule = parts_.requests[number].schedule;
    Step step;
    step.name = name;
    step.op = printOp(graph_.op(node));
    step.images = spec.images;
    step.schedule = toString(schedule);
    if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice))
      step.winograd = mlpconv->winograd;
    step.macs = multiplyAccumulates(graph_.op(node), spec.inputs);
    step.bytes = tensorBytes(spec);
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
      step.results.push_back({{graph_.name(graph_.result(node, i)), spec.outputs[i]}, {}});
    step.kernel = number;
    version_.steps.push_back(std::move(step));
  }

  // The arena first, then one stretch that each kernel uses while it runs.
  void layOutScratch() {
    std::int64_t kernelBytes = 0;
    for (const Step &step : version_.steps) {
      const Kernel &kernel = parts_.kernels[step.kernel];
      kernelBytes = std::max(kernelBytes, kernel.scratchBytes);
      version_.scratchBytesPerThread = std::max(version_.scratchBytesPerThread, kernel.scratchBytesPerThread);
    }
    kernelScratch_ = roundUp(plan_.memory.arenaBytes, alignment(Program::scratchAlignment));
    version_.scratchBytes = kernelScratch_ + roundUp(kernelBytes, Program::scratchAlignment);
    version_.scratchBytesPerThread = roundUp(version_.scratchBytesPerThread, Program::scratchAlignment);
  }

  Result<void> placeArguments(Step &step, Node node, WeightBlob &weights) {
    for (std::size_t i = 0; i < step.results.size(); ++i)
      step.results[i].location = locationOf(graph_.result(node, i), weights);

    const KernelRequest &request = parts_.requests[step.kernel];
    auto packed = packWeights(request.spec, request.schedule, graph_.op(node));
    if (!packed) return tl::unexpected(packed.error());
    for (const KernelArgument &argument : parts_.kernels[step.kernel].arguments) {
      switch (argument.role) {
      case ArgumentRole::input:
        step.arguments.push_back(locationOf(graph_.operand(node, argument.index), weights));
        break;
      case ArgumentRole::output:
        step.arguments.push_back(step.results[argument.index].location);
        break;
      case ArgumentRole::scratch:
        step.arguments.push_back({Location::Base::scratch, 0, kernelScratch_ + argument.offset});
        break;
      case ArgumentRole::weights: {
        const std::vector<float> &numbers = (*packed)[argument.index];
        const bool halves = argument.element == ElementType::f16;
        if (halves)
          if (auto fit = fitHalves(step, numbers); !fit) return fit;
        const std::int64_t place = halves ? weights.add(toHalves(numbers)) : weights.add(numbers);
        step.arguments.push_back({Location::Base::weights, 0, place});
        step.bytes += static_cast<std::int64_t>(numbers.size() * bytesOf(argument.element)) / step.images;
        break;
      }
      }
    }
    return {};
  }

  static Result<void> fitHalves(const Step &step, const std::vector<float> &numbers) {
    const auto beyond =
        std::ranges::find_if(numbers, [](float number) { return std::abs(number) > largestHalf; });
    if (beyond == numbers.end()) return {};
    return fail(
        fmt::format("'{}' has a weight of {:.6g}, as the passes leave it, but halves reach {:.6g} only: "
                    "compile without --precision f16",
                    step.name, *beyond, largestHalf));
  }

  Location locationOf(Value value, WeightBlob &weights) const {
    const Placement &place = plan_.memory.places.at(value);
    switch (place.kind) {
    case Placement::Kind::input:
      return {Location::Base::input, place.index, 0, place.bytes};
    case Placement::Kind::output:
      return {Location::Base::output, place.index, 0, place.bytes};
    case Placement::Kind::arena:
      return {Location::Base::scratch, 0, place.offset, place.bytes};
    case Placement::Kind::constant:
      break;
    }
    return {Location::Base::weights, 0, weights.add(constantNumbers(value))};
  }

  // Of what lies on a device, else `usual`.
  std::int64_t alignment(std::int64_t usual) const {
    return version_.isOnDevice() ? std::int64_t{NINC_DEVICE_ALIGNMENT} : usual;
  }

  // A constant's numbers, also when the value is a reshape of one.
  const std::vector<float> &constantNumbers(Value value) const {
    Node node = value.node;
    while (!graph_.as<Constant>(node))
      node = graph_.operand(node, 0).node;
    return graph_.as<Constant>(node)->value->data;
  }

  const Graph &graph_;
  const ModelPlan &plan_;
  const AssemblyParts &parts_;
  Version version_;
  std::int64_t kernelScratch_ = 0; // offset in scratch
};

// Code and data must be within reach of 32-bit relative addresses of one another.
constexpr std::size_t mostWeightBytes = std::size_t{0x7c000000};

} // namespace

Size sizeOf(const Graph &graph) {
  const auto named = [&](Value value) {
    const auto original = graph.originalNames.find(graph.name(value));
    return NamedTensor{graph.name(value), graph.type(value),
                       original == graph.originalNames.end() ? "" : original->second};
  };
  Size size;
  for (const Node node : graph.inputs())
    size.inputs.push_back(named(graph.result(node)));
  for (const Value value : graph.outputs())
    size.outputs.push_back(named(value));
  for (const Node node : graph.topologicalOrder())
    size.macs += multiplyAccumulates(graph.op(node), graph.operandTypes(node));
  return size;
}

Result<Version> assemble(const AssemblyParts &parts, const KernelTarget &target, std::size_t size,
                         WeightBlob &weights) {
  return Assembly(parts, target, size).assemble(weights);
}

std::int64_t weightAlignmentOf(const KernelTarget &target) {
  return std::holds_alternative<GpuTarget>(target) ? std::int64_t{NINC_DEVICE_ALIGNMENT}
                                                   : Program::weightAlignment;
}

Result<void> checkWeightBytes(std::size_t bytes) {
  if (bytes <= mostWeightBytes) return {};
  return fail(fmt::format("{} bytes of weights don't fit into one library: code reaches at most {}", bytes,
                          mostWeightBytes));
}

} // namespace ninc

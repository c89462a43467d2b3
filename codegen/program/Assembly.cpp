// Three strokes: describe a step for each kernel of the plan; lay out scratch; then pack weights and fill in
// where every argument is.
#include "codegen/program/Assembly.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "codegen/kernel/WeightPacking.h"
#include "codegen/program/WeightBlob.h"
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
  Assembly(const Graph &graph, const ModelPlan &plan, const KernelChoices &chosen, Program program)
      : graph_(graph), plan_(plan), chosen_(chosen), program_(std::move(program)) {}

  Result<Program> assemble(std::vector<Kernel> kernels) {
    program_.group = plan_.group;
    program_.kernels = std::move(kernels);
    program_.reasons = chosen_.reasons;
    for (std::size_t i = 0; i < plan_.kernels.size(); ++i)
      describeStep(plan_.kernels[i], chosen_.requestOf[i]);
    layOutScratch();
    if (auto placed = placeArguments(); !placed) return tl::unexpected(placed.error());
    return std::move(program_);
  }

private:
  void describeStep(const PlannedKernel &kernel, std::size_t number) {
    const auto &[node, name, spec, usual] = kernel;
    const Schedule &schedule = chosen_.requests[number].schedule;
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
    program_.macs += step.macs;
    program_.steps.push_back(std::move(step));
  }

  // The arena first, then one stretch that each kernel uses while it runs.
  void layOutScratch() {
    std::int64_t kernelBytes = 0;
    for (const Kernel &kernel : program_.kernels) {
      kernelBytes = std::max(kernelBytes, kernel.scratchBytes);
      program_.scratchBytesPerThread = std::max(program_.scratchBytesPerThread, kernel.scratchBytesPerThread);
    }
    kernelScratch_ = roundUp(plan_.memory.arenaBytes, alignment(Program::scratchAlignment));
    program_.scratchBytes = kernelScratch_ + roundUp(kernelBytes, Program::scratchAlignment);
    program_.scratchBytesPerThread = roundUp(program_.scratchBytesPerThread, Program::scratchAlignment);
  }

  Result<void> placeArguments() {
    WeightBlob weights(alignment(Program::weightAlignment));
    for (std::size_t i = 0; i < program_.steps.size(); ++i)
      if (auto placed = placeArguments(program_.steps[i], plan_.kernels[i].node, weights); !placed)
        return placed;
    program_.weights = weights.take();
    if (program_.weights.size() > mostWeightBytes)
      return fail(fmt::format("{} bytes of weights don't fit into one library: code reaches at most {}",
                              program_.weights.size(), mostWeightBytes));
    return {};
  }

  Result<void> placeArguments(Step &step, Node node, WeightBlob &weights) {
    for (std::size_t i = 0; i < step.results.size(); ++i)
      step.results[i].location = locationOf(graph_.result(node, i), weights);

    const KernelRequest &request = chosen_.requests[step.kernel];
    auto packed = packWeights(request.spec, request.schedule, graph_.op(node));
    if (!packed) return tl::unexpected(packed.error());
    for (const KernelArgument &argument : program_.kernels[step.kernel].arguments) {
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
    return program_.gpu ? std::int64_t{NINC_DEVICE_ALIGNMENT} : usual;
  }

  // A constant's numbers, also when the value is a reshape of one.
  const std::vector<float> &constantNumbers(Value value) const {
    Node node = value.node;
    while (!graph_.as<Constant>(node))
      node = graph_.operand(node, 0).node;
    return graph_.as<Constant>(node)->value->data;
  }

  // Code and data must be within reach of 32-bit relative addresses of one another.
  static constexpr std::size_t mostWeightBytes = std::size_t{0x7c000000};

  const Graph &graph_;
  const ModelPlan &plan_;
  const KernelChoices &chosen_;
  Program program_;
  std::int64_t kernelScratch_ = 0; // offset in scratch
};

} // namespace

Program interfaceOf(const Graph &graph, const PlanOptions &options) {
  Program program;
  program.name = graph.name();
  if (const auto *device = std::get_if<GpuTarget>(&options.target))
    program.gpu = *device;
  else
    program.target = std::get<Target>(options.target);
  program.batch = options.batch;
  auto named = [&](Value value) {
    const auto original = graph.originalNames.find(graph.name(value));
    return NamedTensor{graph.name(value), graph.type(value),
                       original == graph.originalNames.end() ? "" : original->second};
  };
  for (const Node node : graph.inputs())
    program.inputs.push_back(named(graph.result(node)));
  for (const Value value : graph.outputs())
    program.outputs.push_back(named(value));
  return program;
}

Result<Program> assemble(const Graph &graph, const PlanOptions &options, const ModelPlan &plan,
                         const KernelChoices &chosen, std::vector<Kernel> kernels) {
  return Assembly(graph, plan, chosen, interfaceOf(graph, options)).assemble(std::move(kernels));
}

} // namespace ninc

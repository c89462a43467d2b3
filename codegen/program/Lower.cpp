// Lowering, in three strokes: walk the plan's order and describe a step for each node; compile each distinct
// kernel once, several at a time; then lay out weights and scratch and fill in where every argument is.
#include "codegen/program/Lower.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <unordered_map>

#include "codegen/kernel/KernelCompilation.h"
#include "codegen/plan/ModelPlan.h"
#include "codegen/program/Symbols.h"
#include "codegen/program/WeightBlob.h"
#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "ir/Printer.h"
#include "ir/ops/OpCost.h"
#include "runtime/device/device.h"
#include "support/Arithmetic.h"
#include "support/Half.h"

namespace ninc {

namespace {

class Lowering {
public:
  Lowering(const Graph &graph, const CompileOptions &options, const std::optional<GpuTarget> &gpu,
           ModelPlan plan)
      : graph_(graph), options_(options), plan_(std::move(plan)) {
    program_.name = graph.name();
    program_.target = options.target;
    program_.gpu = gpu;
    program_.batch = options.batch;
    program_.group = plan_.group;
  }

  // What has the model's interface and no step.
  Program withoutSteps() {
    describeInterface();
    return std::move(program_);
  }

  Result<Program> run() {
    describeInterface();
    for (const PlannedKernel &kernel : plan_.kernels)
      if (auto described = describeStep(kernel); !described) return tl::unexpected(described.error());
    auto kernels = compileKernels(requests_, options_.jobs);
    if (!kernels) return tl::unexpected(kernels.error());
    program_.kernels = std::move(*kernels);
    layOutScratch();
    if (auto placed = placeArguments(); !placed) return tl::unexpected(placed.error());
    return std::move(program_);
  }

private:
  NamedTensor namedTensor(Value value) const { return {graph_.name(value), graph_.type(value)}; }

  void describeInterface() {
    for (Node node : graph_.inputs())
      program_.inputs.push_back(namedTensor(graph_.result(node)));
    for (Value value : graph_.outputs())
      program_.outputs.push_back(namedTensor(value));
  }

  Result<ScheduleChoice> chooseSchedule(const KernelSpec &spec, const std::string &name) const {
    if (options_.chooseSchedule) return options_.chooseSchedule(spec, name);
    return defaultSchedule(spec, options_.exactness);
  }

  // Winograd's transforms only for weights with which all inputs that are promised stay in range
  // (docs/numerics.md).
  static void keepInRange(const Op &op, const KernelSpec &spec, ScheduleChoice &choice) {
    const auto *mlpconv = std::get_if<MlpconvSchedule>(&choice.schedule.choice);
    if (!mlpconv || !mlpconv->winograd) return;
    const auto *conv = std::get_if<Conv2d>(&op);
    const ConvLayer &layer = conv ? conv->layer : std::get<Mlpconv>(op).layers.front();
    if (!layer.weight) return; // refused when it is packed
    const double range = winogradRange(layer, *mlpconv->winograd);
    if (range >= winogradPromise) return;
    choice = {
        defaultSchedule(spec, Exactness::exact),
        fmt::format("its weights are so large that Winograd's transforms overflow from inputs of {:.3g} on",
                    range)};
  }

  // What there is to say of a choice: where it comes from, or why the cost model made it.
  void explain(const KernelSpec &spec, const std::string &name, const ScheduleChoice &choice) {
    const auto *mlpconv = std::get_if<MlpconvSchedule>(&choice.schedule.choice);
    const auto *gpuMlpconv = std::get_if<GpuMlpconvSchedule>(&choice.schedule.choice);
    std::string text;
    if (!choice.origin.empty())
      text = fmt::format("{}: {}", toString(choice.schedule), choice.origin);
    else if (choice.schedule != defaultSchedule(spec, options_.exactness))
      return;
    else if (mlpconv)
      text = reasonFor(spec, *mlpconv, options_.exactness);
    else if (gpuMlpconv)
      text = fmt::format("{}: {:.0f} thousand clocks expected", toString(*gpuMlpconv),
                         predictClocks(spec, *gpuMlpconv) / 1e3);
    if (!text.empty()) program_.reasons.push_back({name, text, spec.gpu ? spec.gpu->name : ""});
  }

  // The number of the kernel for a spec and schedule: that of an equal one if there is one.
  std::size_t kernelFor(const KernelSpec &spec, Schedule schedule, const std::string &name) {
    const auto [place, isNew] =
        requestNumbers_.emplace(toString(spec) + '\n' + toString(schedule), requests_.size());
    if (isNew)
      requests_.push_back({spec, std::move(schedule), kernelSymbol(program_.name, requests_.size(), name)});
    return place->second;
  }

  Result<void> describeStep(const PlannedKernel &kernel) {
    const auto &[node, name, spec] = kernel;
    Step step;
    step.name = name;
    step.op = printOp(graph_.op(node));
    step.images = spec.images;
    Result<ScheduleChoice> choice = chooseSchedule(spec, step.name);
    if (!choice) return tl::unexpected(choice.error());
    // A schedule that breaks a device's limits would show it only where there is such a device.
    if (spec.gpu)
      if (auto legal = checkLegal(spec, choice->schedule, options_.exactness); !legal)
        return fail(fmt::format("'{}' can't be computed on {}: {}", name, toString(*spec.gpu),
                                legal.error().message));
    keepInRange(graph_.op(node), spec, *choice);
    step.schedule = toString(choice->schedule);
    if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&choice->schedule.choice))
      step.winograd = mlpconv->winograd;
    explain(spec, step.name, *choice);
    step.macs = multiplyAccumulates(graph_.op(node), spec.inputs);
    for (const TensorType &type : spec.inputs)
      step.bytes += byteCount(type);
    for (const TensorType &type : spec.outputs)
      step.bytes += byteCount(type);
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
      step.results.push_back({{graph_.name(graph_.result(node, i)), spec.outputs[i]}, {}});
    step.kernel = kernelFor(spec, std::move(choice->schedule), step.name);
    program_.macs += step.macs;
    program_.steps.push_back(std::move(step));
    return {};
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

    const KernelRequest &request = requests_[step.kernel];
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
  const CompileOptions &options_;
  ModelPlan plan_;
  Program program_;
  std::vector<KernelRequest> requests_;                         // one for each kernel of the program
  std::unordered_map<std::string, std::size_t> requestNumbers_; // by spec and schedule as text
  std::int64_t kernelScratch_ = 0;                              // offset in scratch
};

Result<Program> lowerFor(const std::optional<GpuTarget> &gpu, const Graph &graph,
                         const CompileOptions &options) {
  auto plan = planModel(graph, options, gpu);
  if (!plan) return tl::unexpected(plan.error());
  Lowering lowering(graph, options, gpu, std::move(*plan));
  if (!gpu && options.withoutCpu) return lowering.withoutSteps();
  return lowering.run();
}

} // namespace

Result<Program> lower(const Graph &graph, const CompileOptions &options) {
  auto program = lowerFor(std::nullopt, graph, options);
  if (!program) return program;
  for (const GpuTarget &gpu : options.devices) {
    auto device = lowerFor(gpu, graph, options);
    if (!device) return device;
    program->devices.push_back(std::move(*device));
  }
  return program;
}

} // namespace ninc

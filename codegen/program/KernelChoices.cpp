#include "codegen/program/KernelChoices.h"

#include <fmt/format.h>
#include <string>
#include <unordered_map>

#include "codegen/program/Symbols.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/spec/ConvStage.h"

namespace ninc {

namespace {

// Winograd's transforms only for weights with which all inputs that are promised stay in range
// (docs/numerics.md). `op` is the kernel's with its parameters.
void keepInRange(const Op &op, const KernelSpec &spec, ScheduleChoice &choice) {
  const auto *mlpconv = std::get_if<MlpconvSchedule>(&choice.schedule.choice);
  if (!mlpconv || !mlpconv->winograd) return;
  const ConvStage stage = stageOf(op, spec.inputs).value();
  if (!stage.first().weight) return; // refused when it is packed
  const double range = winogradRange(stage.first(), *mlpconv->winograd);
  if (range >= winogradPromise) return;
  choice = {
      defaultSchedule(spec, Exactness::exact),
      fmt::format("its weights are so large that Winograd's transforms overflow from inputs of {:.3g} on",
                  range)};
}

class Chooser {
public:
  Chooser(const Graph &graph, const CompileOptions &options) : graph_(graph), options_(options) {}

  Result<KernelChoices> chooseFor(const ModelPlan &plan) {
    for (const PlannedKernel &kernel : plan.kernels)
      if (auto chosen = choose(kernel); !chosen) return tl::unexpected(chosen.error());
    return std::move(chosen_);
  }

private:
  Result<void> choose(const PlannedKernel &kernel) {
    const KernelSpec &spec = kernel.spec;
    const std::string key = toString(spec);
    Result<ScheduleChoice> choice = scheduleFor(kernel, key);
    if (!choice) return tl::unexpected(choice.error());
    // A schedule that breaks a device's limits would show it only where there is such a device.
    if (spec.isOnDevice())
      if (auto legal = checkLegal(spec, choice->schedule, options_.exactness); !legal)
        return fail(fmt::format("'{}' can't be computed on {}: {}", kernel.name, toString(spec.device()),
                                legal.error().message));
    keepInRange(graph_.op(kernel.node), spec, *choice);
    const std::string text = toString(choice->schedule);
    if (!choice->why.empty())
      chosen_.reasons.push_back({kernel.name, fmt::format("{}: {}", text, choice->why),
                                 spec.isOnDevice() ? spec.device().name : ""});
    // An equal spec with an equal schedule shares the code.
    std::vector<KernelRequest> &requests = chosen_.requests;
    const auto [place, isNew] = numbers_.emplace(key + '\n' + text, requests.size());
    if (isNew)
      requests.push_back(
          {spec, std::move(choice->schedule), kernelSymbol(graph_.name(), requests.size(), kernel.name)});
    chosen_.requestOf.push_back(place->second);
    return {};
  }

  Result<ScheduleChoice> scheduleFor(const PlannedKernel &kernel, const std::string &key) {
    if (options_.chooseSchedule) {
      Result<std::optional<ScheduleChoice>> better = options_.chooseSchedule(kernel.spec, kernel.name);
      if (!better) return tl::unexpected(better.error());
      if (*better) return std::move(**better);
    }
    if (kernel.usual) return *kernel.usual;
    auto found = usual_.find(key);
    if (found == usual_.end())
      found = usual_.emplace(key, chooseSchedule(kernel.spec, options_.exactness)).first;
    return found->second;
  }

  const Graph &graph_;
  const CompileOptions &options_;
  KernelChoices chosen_;
  std::unordered_map<std::string, std::size_t> numbers_;  // of requests, by spec and schedule as text
  std::unordered_map<std::string, ScheduleChoice> usual_; // by spec as text
};

} // namespace

Result<KernelChoices> chooseKernels(const Graph &graph, const ModelPlan &plan,
                                    const CompileOptions &options) {
  return Chooser(graph, options).chooseFor(plan);
}

} // namespace ninc

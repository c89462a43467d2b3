#include "codegen/program/KernelChoices.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <unordered_map>

#include "codegen/program/Symbols.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/SharedChoice.h"
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

// What a common layout may cost each of them. A second copy of the weights for another CPU is worth a tenth:
// only one of the two will run. Versions for one CPU, of other sizes or numbers of images, are to be as fast
// as alone.
double slackFor(const std::vector<KernelSpec> &variants) {
  const auto isOfFirst = [&](const KernelSpec &spec) { return spec.cpu() == variants.front().cpu(); };
  return std::ranges::all_of(variants, isOfFirst) ? 1.02 : 1.1;
}

} // namespace

Result<KernelChoices> KernelChooser::choose(const Graph &graph, const ModelPlan &plan) {
  KernelChoices choices;
  for (const PlannedKernel &kernel : plan.kernels)
    if (auto chosen = choose(graph, kernel, choices); !chosen) return tl::unexpected(chosen.error());
  return choices;
}

Result<void> KernelChooser::choose(const Graph &graph, const PlannedKernel &kernel, KernelChoices &choices) {
  const KernelSpec &spec = kernel.spec;
  const std::string key = toString(spec);
  Result<ScheduleChoice> choice = scheduleFor(kernel, key);
  if (!choice) return tl::unexpected(choice.error());
  // A schedule that breaks a device's limits would show it only where there is such a device.
  if (spec.isOnDevice())
    if (auto legal = checkLegal(spec, choice->schedule, options_.exactness); !legal)
      return fail(fmt::format("'{}' can't be computed on {}: {}", kernel.name, toString(spec.device()),
                              legal.error().message));
  keepInRange(graph.op(kernel.node), spec, *choice);
  const std::string text = toString(choice->schedule);
  if (!choice->why.empty())
    choices.reasons.push_back({kernel.name, fmt::format("{}: {}", text, choice->why),
                               spec.isOnDevice()             ? spec.device().name
                               : options_.targets.size() > 1 ? spec.cpu().name
                                                             : ""});
  // An equal spec with an equal schedule shares the code.
  const auto [place, isNew] = numbers_.emplace(key + '\n' + text, requests_.size());
  if (isNew)
    requests_.push_back(
        {spec, std::move(choice->schedule), kernelSymbol(graph.name(), requests_.size(), kernel.name)});
  choices.requestOf.push_back(place->second);
  return {};
}

void KernelChooser::expect(const ModelPlan &plan) {
  for (const PlannedKernel &kernel : plan.kernels) {
    if (kernel.spec.isOnDevice()) continue;
    std::vector<KernelSpec> &variants = variants_[kernel.name];
    if (std::ranges::find(variants, kernel.spec) == variants.end()) variants.push_back(kernel.spec);
  }
}

Result<std::optional<ScheduleChoice>> KernelChooser::decided(const KernelSpec &spec,
                                                             const std::string &name) const {
  if (!options_.chooseSchedule) return std::nullopt;
  return options_.chooseSchedule(spec, name);
}

Result<void> KernelChooser::chooseTogether(const std::string &name, const std::vector<KernelSpec> &variants) {
  std::vector<std::optional<ScheduleChoice>> given;
  for (const KernelSpec &spec : variants) {
    auto choice = decided(spec, name);
    if (!choice) return tl::unexpected(choice.error());
    given.push_back(std::move(*choice));
  }
  const std::vector<ScheduleChoice> choices =
      chooseSharing(variants, given, options_.exactness, slackFor(variants));
  for (std::size_t i = 0; i < variants.size(); ++i)
    shared_.emplace(name + '\n' + toString(variants[i]), choices[i]);
  return {};
}

Result<ScheduleChoice> KernelChooser::scheduleFor(const PlannedKernel &kernel, const std::string &key) {
  const auto variants = variants_.find(kernel.name);
  if (variants != variants_.end() && variants->second.size() > 1 && !kernel.spec.isOnDevice()) {
    const std::string named = kernel.name + '\n' + key;
    if (!shared_.contains(named))
      if (auto chosen = chooseTogether(kernel.name, variants->second); !chosen)
        return tl::unexpected(chosen.error());
    return shared_.at(named);
  }
  auto better = decided(kernel.spec, kernel.name);
  if (!better) return tl::unexpected(better.error());
  if (*better) return std::move(**better);
  if (kernel.usual) return *kernel.usual;
  auto found = usual_.find(key);
  if (found == usual_.end())
    found = usual_.emplace(key, chooseSchedule(kernel.spec, options_.exactness)).first;
  return found->second;
}

} // namespace ninc

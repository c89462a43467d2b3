#include "codegen/schedule/Schedule.h"

#include <fmt/format.h>

#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/schedule/ScheduleText.h"
#include "codegen/spec/ConvStage.h"

namespace ninc {

namespace {

// Stages have kernels of their own where the first window is dense. Other convolutions are computed group by
// group.
bool isDenseStage(const KernelSpec &spec) {
  const std::optional<ConvStage> stage = stageOf(spec.op, spec.inputs);
  return stage && stage->firstWindow == FirstWindow::dense;
}

std::optional<Family> familyOnDevice(const KernelSpec &spec) {
  if (isDenseStage(spec)) return Family::gpuMlpconv;
  return std::visit(
      Overloaded{[](const Input &) -> std::optional<Family> { return std::nullopt; },
                 [](const Constant &) -> std::optional<Family> { return std::nullopt; },
                 [](const Dense &) -> std::optional<Family> { return Family::gpuReduction; },
                 [](const GlobalAveragePool &) -> std::optional<Family> { return Family::gpuReduction; },
                 [&](const Softmax &) -> std::optional<Family> {
                   return sharesPositions(spec) ? Family::gpuReduction : Family::gpuLoop;
                 },
                 [](const auto &) -> std::optional<Family> { return Family::gpuLoop; }},
      spec.op);
}

std::optional<Family> familyOnCpu(const KernelSpec &spec) {
  if (isDenseStage(spec)) return Family::mlpconv;
  return std::visit(Overloaded{[](const Input &) -> std::optional<Family> { return std::nullopt; },
                               [](const Constant &) -> std::optional<Family> { return std::nullopt; },
                               [](const Conv2d &) -> std::optional<Family> { return Family::tile; },
                               [](const MatMul &) -> std::optional<Family> { return Family::tile; },
                               [](const Dense &) -> std::optional<Family> { return Family::dense; },
                               [](const auto &) -> std::optional<Family> { return Family::loop; }},
                    spec.op);
}

} // namespace

std::optional<Family> familyOf(const KernelSpec &spec) {
  return spec.isOnDevice() ? familyOnDevice(spec) : familyOnCpu(spec);
}

Schedule defaultSchedule(const KernelSpec &spec, Exactness exactness) {
  return chooseSchedule(spec, exactness).schedule;
}

Result<void> checkLegal(const KernelSpec &spec, const Schedule &schedule, Exactness exactness) {
  const std::optional<Family> family = familyOf(spec);
  if (!family) return fail(fmt::format("{} computes nothing", spellingOf(spec.op)));
  if (familyOf(schedule) != *family)
    return fail(fmt::format("\"{}\" is a schedule of another kind of kernel than {}", toString(schedule),
                            spellingOf(spec.op)));
  if (const auto *mlpconv = std::get_if<MlpconvSchedule>(&schedule.choice);
      mlpconv && mlpconv->winograd && exactness == Exactness::exact)
    return fail("Winograd's transforms aren't exact sums");
  return std::visit(
      Overloaded{[&](const MlpconvSchedule &choice) { return checkLegal(MlpconvProblem(spec), choice); },
                 [&](const GpuMlpconvSchedule &choice) { return checkLegal(MlpconvProblem(spec), choice); },
                 [&](const auto &choice) { return checkChoice(spec, choice); }},
      schedule.choice);
}

} // namespace ninc

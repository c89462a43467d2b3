#include "codegen/schedule/ScheduleChoice.h"

#include <fmt/format.h>

#include "codegen/schedule/gpu/GpuMlpconvChoice.h"
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"

namespace ninc {

ScheduleChoice chooseSchedule(const KernelSpec &spec, Exactness exactness) {
  switch (familyOf(spec).value()) {
  case Family::loop:
    return Schedule{defaultLoopSchedule(spec)};
  case Family::tile:
    return Schedule{defaultTileSchedule(spec)};
  case Family::dense:
    return Schedule{defaultDenseSchedule(spec)};
  case Family::mlpconv: {
    const MlpconvChoice choice = chooseMlpconvSchedule(spec, exactness);
    return {Schedule{choice.best.schedule}, reasonFor(choice), choice.best.cost.total()};
  }
  case Family::gpuLoop:
    return Schedule{defaultGpuLoopSchedule(spec)};
  case Family::gpuReduction:
    return Schedule{defaultGpuReductionSchedule(spec)};
  case Family::gpuMlpconv:
    break;
  }
  const GpuMlpconvChoice choice = chooseGpuMlpconvSchedule(spec);
  return {Schedule{choice.schedule}, fmt::format("{:.0f} thousand clocks expected", choice.clocks / 1e3),
          choice.clocks};
}

} // namespace ninc

#include "tuner/measure/Measuring.h"

#include "tuner/machine/CpuSets.h"
#include "tuner/measure/DeviceRunner.h"
#include "tuner/measure/Runner.h"

namespace ninc {

Result<std::unique_ptr<JobRunner>> runnerFor(const Machine &machine) {
  if (machine.device) return std::make_unique<DeviceRunner>(machine.device->choice);
  Result<Runner> runner = Runner::create();
  if (!runner) return tl::unexpected(runner.error());
  return std::make_unique<Runner>(std::move(*runner));
}

MeasuringOptions measuringOn(const Machine &machine) {
  if (machine.device) return {machine.threads, {}, 0};
  return {machine.threads, chooseCpus(machine.threads).measuring, 0};
}

} // namespace ninc

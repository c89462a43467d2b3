// Times candidates on a device. Jobs and answers are those of the runner on CPUs (tuner/measure/Runner.h),
// with these differences:
//
// - A candidate is a library with a half for the device. Its time is what the device says of its kernels
//   (ninc_device_options.ns), so copies to and from it don't count; they are in wallSeconds.
// - Threads, CPUs, eviction and the limit on address space mean nothing: drivers reserve more of that than a
//   machine has memory.
// - A candidate that the driver can't build, or that takes more shared memory or threads than the device has,
//   is uncompilable, with the driver's words.
#pragma once

#include <chrono>

#include "tuner/machine/Machine.h"
#include "tuner/machine/MeasuringLocks.h"
#include "tuner/measure/JobRunner.h"

namespace ninc {

class DeviceRunner : public JobRunner {
public:
  explicit DeviceRunner(DeviceChoice device) : device_(device) {}

  // Forks, and opens the driver in the child alone, which a crash or a hang of the driver ends. An error also
  // if there is no such device.
  Result<RunnerResult> run(const RunnerJob &job) const override;

private:
  DeviceChoice device_;
  // What is left of it for tunings that don't let this one have its turn.
  mutable std::chrono::milliseconds patience_ = MeasuringLocks::usualPatience;
};

} // namespace ninc

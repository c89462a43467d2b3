// What the process does that measures on a device.
#pragma once

#include <atomic>
#include <string>

#include "execution/devices/DeviceChoice.h"
#include "tuner/measure/JobRunner.h"

namespace ninc {

// Runs a job on a device, in the calling process, and says what came of it as the runner does
// (parseRunnerResult). `inTurn` is the candidate whose doing everything is from now on, for who finds the
// process ended; -1 before the first one's turn.
std::string measureOnDevice(const RunnerJob &job, DeviceChoice device, std::atomic<int> &inTurn);

} // namespace ninc

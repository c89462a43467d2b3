// Who measures on a machine, and how.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "support/Result.h"
#include "tuner/machine/Machine.h"
#include "tuner/measure/JobRunner.h"

namespace ninc {

// How measurements are taken.
struct MeasuringOptions {
  int threads = 1;
  std::vector<int> cpus;       // empty: any
  std::int64_t evictBytes = 0; // between two runs, by each thread
};

// Who measures on it.
Result<std::unique_ptr<JobRunner>> runnerFor(const Machine &machine);

// How; what is compiled meanwhile keeps away from these CPUs.
MeasuringOptions measuringOn(const Machine &machine);

} // namespace ninc

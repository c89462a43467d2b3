// What becomes of a model's ops on each target: kernels, what is launched for them, schedules.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "driver/Resolve.h"
#include "driver/ScheduleSources.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct LaunchRow {
  std::string entry;
  std::array<std::int32_t, 3> blocks{}, threads{};
  std::int64_t sharedBytes = 0; // of a block
};

struct KernelRow {
  std::string name, op, schedule;
  std::int64_t calls = 0;          // on a CPU, for a batch
  std::vector<LaunchRow> launches; // on a device, one after the other
};

struct TargetListing {
  std::string target; // "x86-64-v4", "opencl f16"; with size and group where there are several
  bool isDevice = false;
  std::vector<KernelRow> kernels; // in the order of execution
};

// The kernels of each version for a CPU, then those of each device. They are compiled, since only then it is
// known what a device runs for one. The graphs, one a size, must be through the pipeline and have their
// parameters bound.
Result<std::vector<TargetListing>> listProgram(std::span<const Graph> optimised, const Build &build,
                                               const ScheduleSources &schedules);

} // namespace ninc

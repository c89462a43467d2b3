// Which schedule a fused mlpconv gets on a device when nothing better is known.
#pragma once

#include <vector>

#include "codegen/schedule/gpu/GpuSchedule.h"
#include "codegen/schedule/mlpconv/MlpconvGeometry.h"

namespace ninc {

struct GpuMlpconvChoice {
  GpuMlpconvSchedule schedule;
  double clocks = 0; // that the cost model expects (codegen/schedule/gpu/GpuMlpconvCost.h)
};

// Legal, of as few launches as the device's blocks allow, and among those the fastest that the model knows.
GpuMlpconvChoice chooseGpuMlpconvSchedule(const MlpconvProblem &problem);
GpuMlpconvSchedule defaultGpuMlpconvSchedule(const MlpconvProblem &problem);

// What a fused mlpconv's schedule may store, most launches last: nothing, the maps that the epilogue reads,
// those of every convolution, which leaves nothing to shared memory. (Others are legal.)
std::vector<std::vector<int>> gpuStoredMaps(const MlpconvGeometry &geometry);

} // namespace ninc

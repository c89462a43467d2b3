// A fused mlpconv as launches on a device.
#pragma once

#include "codegen/halide/KernelPipeline.h"
#include "codegen/schedule/gpu/GpuSchedule.h"

namespace ninc {

// Arguments, in order: the input map; weights and bias of each convolution, [reduction][channel]; then, in
// the order of the launches that store them, the maps, means and sums that go through memory, and the spec's
// outputs. All images at once. The spec must have a device, the schedule must be legal.
KernelPipeline buildGpuMlpconv(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

} // namespace ninc

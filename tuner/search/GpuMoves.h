// The choices of devices' kernels, as data: what lies one move away from a fused mlpconv's schedule, where a
// search over them begins, and all there is of the kernels that have few.
#pragma once

#include <vector>

#include "codegen/schedule/Schedule.h"
#include "codegen/schedule/gpu/GpuSchedule.h"
#include "codegen/spec/KernelSpec.h"

namespace ninc {

// Every legal schedule that differs from this one in one choice: columns or rows of a block, channels or
// pixels of a thread, threads along the channels, steps written out, whether the input is staged, slices,
// which maps are stored. Where another choice depends on that one (a thread's pixels divide a block's
// columns, a block has so many threads at most), it follows. May contain repetitions, not the schedule
// itself.
std::vector<GpuMlpconvSchedule> gpuMlpconvMoves(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

// One for each way to use a block that the kernel allows, the best of its way that moves find by the cost
// model: input staged or not, by so many channels a thread, in as many launches. The default is one of them.
std::vector<GpuMlpconvSchedule> gpuMlpconvStructures(const KernelSpec &spec);

// The legal ones among these, all that are worth a try: "block-threads 64" and the like.
std::vector<GpuLoopSchedule> gpuLoopSchedules(const KernelSpec &spec);
std::vector<GpuReductionSchedule> gpuReductionSchedules(const KernelSpec &spec);

} // namespace ninc

// The device's lowerings, one a family of ops, as codegen/halide/cpu/Families.h has the CPU's. One launch
// each, or two where a sum over whole maps needs two steps. All compute spec.images images. Specs must be
// well-typed and have a device, schedules legal.
#pragma once

#include "codegen/halide/Lowering.h"
#include "codegen/schedule/Schedule.h"

namespace ninc {

// Activations, dropout, batch_norm, add, mul; these may run in place.
LoweredKernel lowerUnaryOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerBatchNormOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerBinaryOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);

LoweredKernel lowerConcatOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerReshapeOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);

LoweredKernel lowerPoolOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerLrnOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerGroupedConvOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);

// A thread a position, or many.
LoweredKernel lowerSoftmaxOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule);
LoweredKernel lowerSoftmaxOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule);

LoweredKernel lowerGlobalAveragePoolOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule);
LoweredKernel lowerDenseOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule);

LoweredKernel lowerMlpconvOnGpu(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

} // namespace ninc

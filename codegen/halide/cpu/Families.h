// The lowerings, one a family of ops: what is computed (THE ALGORITHM) and in which order (THE SCHEDULE),
// apart from each other in each file. The specs must be well-typed, the schedules legal. Halide reports its
// own errors by exceptions that are no std::exception; Kernel.cpp catches them.
#pragma once

#include "codegen/halide/Lowering.h"
#include "codegen/schedule/Schedule.h"

namespace ninc {

// Activations, dropout, batch_norm, add, mul: one output element from the same element of each operand. May
// run in place: an output that is the memory of an operand of the same type.
LoweredKernel lowerUnary(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerBatchNorm(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerBinary(const KernelSpec &spec, const LoopSchedule &schedule);

// Concat, flatten, reshape: elements move, nothing is computed.
LoweredKernel lowerConcat(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerReshape(const KernelSpec &spec, const LoopSchedule &schedule);

LoweredKernel lowerPool(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerGlobalAveragePool(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerSoftmax(const KernelSpec &spec, const LoopSchedule &schedule);
LoweredKernel lowerLrn(const KernelSpec &spec, const LoopSchedule &schedule);

// Conv2d of more than one group.
LoweredKernel lowerGroupedConv(const KernelSpec &spec, const GroupedConvSchedule &schedule);
LoweredKernel lowerDense(const KernelSpec &spec, const DenseSchedule &schedule);

} // namespace ninc

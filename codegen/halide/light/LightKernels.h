// The light kernels, one function a family of ops: a spec and a schedule to a pipeline, for a CPU or a
// device. In each file THE ALGORITHM, what is computed, stands apart from THE SCHEDULE, in which order.
//
// Specs must be well-typed, schedules legal; one of another kind is a std::bad_variant_access. Halide reports
// its own errors by exceptions that are no std::exception, and what it can't address is TooLarge;
// compileKernel catches both.
#pragma once

#include "codegen/halide/KernelPipeline.h"
#include "codegen/schedule/Schedule.h"

namespace ninc {

// Activations, dropout, batch_norm, add, mul: one output element from the same element of each operand. May
// run in place: an output that is the memory of an operand of the same type.
KernelPipeline buildElementwise(const KernelSpec &spec, const Schedule &schedule);

// Concat, flatten, reshape, transpose, slice: elements move, nothing is computed.
KernelPipeline buildConcat(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildReshape(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildTranspose(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildSlice(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildPad(const KernelSpec &spec, const Schedule &schedule);

KernelPipeline buildResize(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildPool(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildGlobalAveragePool(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildSoftmax(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildArgMax(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildTopK(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildLrn(const KernelSpec &spec, const Schedule &schedule);

// Conv2d of more than one group.
KernelPipeline buildGroupedConv(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildDense(const KernelSpec &spec, const Schedule &schedule);
KernelPipeline buildMatMul(const KernelSpec &spec, const Schedule &schedule);

} // namespace ninc

// The schedule that all light kernels share: the outermost loop in tasks, elements that are neighbours in
// memory in vectors, the rest in memory order.
#pragma once

#include "codegen/halide/KernelPipeline.h"
#include "codegen/halide/shared/Folds.h"
#include "codegen/schedule/Schedule.h"

namespace ninc {

// The loops in which intermediate results may be computed.
struct LoopNest {
  Halide::Var vectors; // each iteration computes one vector of the result
  Halide::Var around;  // the next loop outside; a line's `vectors` again
};

// Schedules `result`, whose arguments are `variables` and whose buffer is `view`: loops in memory order,
// vectors along the dimension of neighbours, the outermost loop cut into schedule.tasks. Every element is
// computed exactly once (tails are guarded, not overlapped), which in-place kernels rely on.
LoopNest scheduleLoops(Halide::Func result, const std::vector<Halide::Var> &variables,
                       const std::vector<Dimension> &view, const LoopSchedule &schedule);

// A reduction that is computed for a vector of neighbours at a time, in a register: at loop `at` of
// `consumer`.
void computePerVector(const Reduction &reduction, Halide::Func consumer, const Halide::Var &at,
                      const Halide::Var &neighbours);

} // namespace ninc

// A light kernel moves more than it computes. It is one algorithm, written over operands as functions of f32
// (shared/Operands.h), with two schedules: loops with vectors and tasks on a CPU, a grid of threads on a
// device. Which of the two is asked for is the schedule's kind.
//
// Most of them are of one form, which is scheduled here: each element of the result is made of operands'
// elements, and maybe of reductions of its own (a pool's window). The others have their schedules beside
// their algorithms.
#pragma once

#include <vector>

#include "codegen/halide/shared/Folds.h"
#include "codegen/halide/shared/Operands.h"
#include "codegen/schedule/Schedule.h"

namespace ninc {

// What is computed, before anybody says in which order.
struct LightKernel {
  Arguments arguments;
  Halide::Func result;               // of `position`, as the spec keeps its result 0
  std::vector<Halide::Var> position; // of a result's element: coordinates of `view`
  std::vector<Dimension> view;
  std::vector<Reduction> reductions = {}; // of each element, functions of its position
};

// THE SCHEDULE, by a LoopSchedule or a GpuLoopSchedule, of kernels whose elements know nothing of one
// another. On a CPU a vector of elements, on a device a thread's element is finished, reductions included, in
// registers. Every element is stored by the iteration that loads its operands' elements, and by that one
// alone, so that an operand and the result may be one memory.
KernelPipeline scheduleElements(LightKernel kernel, const Schedule &schedule);

// The pipeline of a kernel that has been scheduled.
KernelPipeline finish(LightKernel kernel);

} // namespace ninc

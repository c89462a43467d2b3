#include "codegen/halide/light/LightKernel.h"

#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/gpu/GpuLoops.h"

namespace ninc {

using Halide::Func;
using Halide::Var;

KernelPipeline scheduleElements(LightKernel kernel, const Schedule &schedule) {
  if (const auto *grid = std::get_if<GpuLoopSchedule>(&schedule.choice)) {
    const Var thread = scheduleGpuLoops(kernel.result, kernel.position, kernel.view, grid->threads);
    for (const Reduction &reduction : kernel.reductions)
      computePerThread(reduction.func, kernel.result, thread);
  } else {
    const LoopNest loops =
        scheduleLoops(kernel.result, kernel.position, kernel.view, std::get<LoopSchedule>(schedule.choice));
    const Var neighbours = kernel.position[neighbourDimension(kernel.view)];
    for (const Reduction &reduction : kernel.reductions)
      computePerVector(reduction, kernel.result, loops.vectors, neighbours);
  }
  return finish(std::move(kernel));
}

KernelPipeline finish(LightKernel kernel) {
  kernel.arguments.result(kernel.result, kernel.view);
  return kernel.arguments.take();
}

} // namespace ninc

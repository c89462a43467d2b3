// Softmax along the first dimension. Exponentials are computed twice, once for the sum and once for the
// quotient: that is cheaper than a place to keep them.
#include "codegen/halide/shared/Softmax.h"
#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Func;
using Halide::MemoryType;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;

namespace {

// THE ALGORITHM: of (channel, pixel), and the image on a device.
LightKernel defineSoftmaxKernel(const KernelSpec &spec, const Folder &fold) {
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, channelView(spec.inputs[0], spec)), y("y");
  std::vector<Dimension> view = channelView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size());
  const SoftmaxFunctions softmax =
      defineSoftmax(x, position[0], {position.begin() + 1, position.end()}, toInt(view[0].extent), fold);
  y(position) = toResult(softmax.share, spec);
  return {std::move(arguments), y, position, std::move(view)};
}

// THE SCHEDULE on a CPU: vectors of channels, and reductions within them, where channels are neighbours; else
// vectors of pixels. Either way a task has some pixels and meets all channels of each.
void scheduleInTasks(const LightKernel &kernel, const std::vector<Reduction> &reductions,
                     const LoopSchedule &schedule) {
  Func y = kernel.result;
  const Var c = kernel.position[0], pixel = kernel.position[1];
  Var task("task"), within("within"), vectors("vectors"), lanes("lanes");
  const int vector = schedule.vector;
  int perTask = divideUp(toInt(kernel.view[1].extent), schedule.tasks);
  if (neighbourDimension(kernel.view) == 0) {
    y.split(pixel, task, within, perTask, TailStrategy::GuardWithIf)
        .split(c, vectors, lanes, vector, TailStrategy::GuardWithIf)
        .reorder(lanes, vectors, within, task)
        .vectorize(lanes)
        .never_partition_all();
    for (const Reduction &reduction : reductions) {
      Func folded = reduction.func;
      folded.compute_at(y, within).store_in(MemoryType::Register);
      folded.update()
          .atomic()
          .vectorize(reduction.over[0], vector, TailStrategy::GuardWithIf)
          .never_partition_all();
    }
  } else {
    perTask = roundUp(perTask, vector);
    y.split(pixel, task, within, perTask, TailStrategy::GuardWithIf)
        .split(within, vectors, lanes, vector, TailStrategy::GuardWithIf)
        .reorder(lanes, c, vectors, task)
        .vectorize(lanes)
        .never_partition_all();
    for (const Reduction &reduction : reductions)
      computePerVector(reduction, y, vectors, pixel);
  }
  if (schedule.tasks > 1) y.parallel(task);
}

// THE SCHEDULE on a device where positions are many: a thread walks the channels of its position three times,
// for the largest, the sum, and the quotients.
void schedulePositions(const LightKernel &kernel, const std::vector<Reduction> &reductions,
                       const GpuLoopSchedule &schedule) {
  Func y = kernel.result;
  const Var c = kernel.position[0], pixel = kernel.position[1], n = kernel.position[2];
  const Var all("all"), block("block"), thread("thread");
  for (std::size_t i = 0; i < kernel.position.size(); ++i)
    y.bound(kernel.position[i], 0, toInt(kernel.view[i].extent));
  y.fuse(pixel, n, all)
      .split(all, block, thread, schedule.threads, TailStrategy::GuardWithIf)
      .reorder(c, thread, block)
      .gpu_blocks(block)
      .gpu_threads(thread)
      .never_partition_all();
  for (const Reduction &reduction : reductions)
    computePerThread(reduction.func, y, thread);
}

// THE SCHEDULE on a device where positions are few: threads share the channels of each.
KernelPipeline buildShared(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  const std::vector<Dimension> view = channelView(spec.outputs[0], spec);
  const SharedSoftmax shared{.channels = toInt(view[0].extent),
                             .positions = toInt(view[1].extent),
                             .images = toInt(spec.images),
                             .threads = schedule.results * schedule.slices};
  std::vector<SlicedFold> folds;
  LightKernel kernel = defineSoftmaxKernel(spec, foldingInSlices(shared.slices(), folds));
  scheduleSharedSoftmax(shared, folds, kernel.result, kernel.position[0], kernel.position[1],
                        kernel.position[2]);
  return finish(std::move(kernel));
}

} // namespace

KernelPipeline buildSoftmax(const KernelSpec &spec, const Schedule &schedule) {
  if (const auto *shared = std::get_if<GpuReductionSchedule>(&schedule.choice))
    return buildShared(spec, *shared);
  std::vector<Reduction> reductions;
  LightKernel kernel = defineSoftmaxKernel(spec, foldingInLoops(reductions));
  if (spec.isOnDevice())
    schedulePositions(kernel, reductions, std::get<GpuLoopSchedule>(schedule.choice));
  else
    scheduleInTasks(kernel, reductions, std::get<LoopSchedule>(schedule.choice));
  return finish(std::move(kernel));
}

} // namespace ninc

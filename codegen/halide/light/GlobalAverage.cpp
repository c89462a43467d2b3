// The mean of each map.
#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Mean.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;

namespace {

// THE ALGORITHM
LightKernel defineMeans(const KernelSpec &spec, const Folder &fold) {
  const TensorType &input = spec.inputs[0];
  const std::int64_t channels = input.shape[0];
  const int pixels = toInt(elementCount(input.shape) / channels);
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, channelView(input, spec)), y("y");
  std::vector<Dimension> view = lineOfEach(spec.outputs[0], spec);
  std::vector<Var> position{Var("c")};
  if (spec.isOnDevice()) position.emplace_back("n");
  // The last channels of a device's block may be none.
  const Expr channel = spec.isOnDevice() ? Halide::min(position[0], toInt(channels - 1)) : Expr(position[0]);
  Func sum = fold({"sum", FoldKind::sum, position, pixels, 0.0f, [&](const Expr &pixel) {
                     return termOfMean(x(placeOf({channel, pixel}, position, 1)), pixels);
                   }});
  y(position) = toResult(meanOf(sum(expressions(position)), pixels), spec);
  return {std::move(arguments), y, position, std::move(view)};
}

// THE SCHEDULE on a CPU: vectors of channels where they are neighbours, else of pixels.
void scheduleMeans(const LightKernel &kernel, const Reduction &folded, const std::vector<Dimension> &operand,
                   const LoopSchedule &schedule) {
  Func y = kernel.result, sum = folded.func;
  const Var c = kernel.position[0];
  const RVar pixel = folded.over[0];
  Var task("task"), within("within");
  const int perTask = divideUp(toInt(operand[0].extent), schedule.tasks);
  if (neighbourDimension(operand) == 0) {
    Var vectors("vectors"), lanes("lanes");
    const int vector = schedule.vector;
    y.split(c, task, within, roundUp(perTask, vector), TailStrategy::GuardWithIf)
        .split(within, vectors, lanes, vector, TailStrategy::GuardWithIf)
        .vectorize(lanes)
        .never_partition_all();
    sum.compute_at(y, vectors).store_in(Halide::MemoryType::Register).vectorize(c).never_partition_all();
    sum.update().reorder(c, pixel).vectorize(c).never_partition_all();
  } else {
    y.split(c, task, within, perTask, TailStrategy::GuardWithIf).never_partition_all();
    sum.compute_at(y, within).store_in(Halide::MemoryType::Register);
    sum.update().atomic().vectorize(pixel, schedule.vector, TailStrategy::GuardWithIf).never_partition_all();
  }
  if (schedule.tasks > 1) y.parallel(task);
}

} // namespace

KernelPipeline buildGlobalAveragePool(const KernelSpec &spec, const Schedule &schedule) {
  if (spec.isOnDevice()) {
    const auto &shared = std::get<GpuReductionSchedule>(schedule.choice);
    SlicedFold sum;
    LightKernel kernel = defineMeans(spec, foldingInSlices(shared.slices, sum));
    scheduleSlicedFold(sum, kernel.result, kernel.position[0], kernel.position[1], kernel.view[0].extent,
                       spec.images, shared);
    return finish(std::move(kernel));
  }
  std::vector<Reduction> reductions;
  LightKernel kernel = defineMeans(spec, foldingInLoops(reductions));
  scheduleMeans(kernel, reductions[0], channelView(spec.inputs[0]), std::get<LoopSchedule>(schedule.choice));
  return finish(std::move(kernel));
}

} // namespace ninc

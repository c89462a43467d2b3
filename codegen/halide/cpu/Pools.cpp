// Pooling: windows over each map, and the mean of whole maps.
#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/shared/Mean.h"
#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/halide/shared/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

LoweredKernel lowerPool(const KernelSpec &spec, const LoopSchedule &schedule) {
  std::vector<Dimension> outputView = logicalView(spec.outputs[0]);
  Arguments arguments;
  ImageParam x = arguments.operand(0, logicalView(spec.inputs[0]));

  // THE ALGORITHM
  std::vector<Var> position = makeVariables(3);
  PooledMaps maps =
      definePooling(poolingOf(spec.op), spec.inputs[0].shape, spec.outputs[0].shape, position,
                    [&](const Expr &c, const Expr &row, const Expr &column) { return x(c, row, column); });

  // THE SCHEDULE: a vector of outputs is folded in a register.
  LoopNest loops = scheduleLoops(maps.result, position, outputView, schedule);
  Var neighbours = position[neighbourDimension(outputView)];
  maps.folded.compute_at(maps.result, loops.vectors)
      .store_in(Halide::MemoryType::Register)
      .vectorize(neighbours)
      .never_partition_all();
  maps.folded.update()
      .reorder(neighbours, maps.tap.x, maps.tap.y)
      .vectorize(neighbours)
      .never_partition_all();
  arguments.result(maps.result, outputView);
  return arguments.take();
}

LoweredKernel lowerGlobalAveragePool(const KernelSpec &spec, const LoopSchedule &schedule) {
  const std::vector<Dimension> view = channelView(spec.inputs[0]);
  const auto channels = toInt(view[0].extent), pixels = toInt(view[1].extent);
  Arguments arguments;
  ImageParam x = arguments.operand(0, view);

  // THE ALGORITHM
  Func sum("sum"), y("y");
  Var c("c");
  RDom pixel(0, pixels, "pixel");
  sum(c) = 0.0f;
  sum(c) += termOfMean(x(c, pixel), pixels);
  y(c) = meanOf(sum(c), pixels);

  // THE SCHEDULE: vectors of channels where they are neighbours, else of pixels.
  Var task("task"), within("within");
  const int perTask = divideUp(channels, schedule.tasks);
  if (neighbourDimension(view) == 0) {
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
  arguments.result(y, lineView(spec.outputs[0]));
  return arguments.take();
}

} // namespace ninc

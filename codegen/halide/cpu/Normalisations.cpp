// Softmax along the first dimension, and local response normalisation across channels.
#include <limits>

#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/shared/LocalResponse.h"
#include "codegen/halide/shared/Math.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/halide/shared/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::MemoryType;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Tuple;
using Halide::Var;

// The largest element is subtracted first, so that no exponential overflows. Exponentials are computed twice,
// once for the sum and once for the quotient: that is cheaper than a place to keep them.
LoweredKernel lowerSoftmax(const KernelSpec &spec, const LoopSchedule &schedule) {
  std::vector<Dimension> view = channelView(spec.inputs[0]), outputView = channelView(spec.outputs[0]);
  Arguments arguments;
  ImageParam x = arguments.operand(0, view);

  // THE ALGORITHM
  Func top("top"), sum("sum"), y("y");
  std::vector<Var> position = makeVariables(2);
  Var c = position[0], pixel = position[1];
  RDom channel(0, toInt(view[0].extent), "channel");
  top(pixel) = -std::numeric_limits<float>::max();
  top(pixel) = Halide::max(top(pixel), x(channel, pixel));
  sum(pixel) = 0.0f;
  sum(pixel) += exponential(x(channel, pixel) - top(pixel));
  y(c, pixel) = exponential(x(c, pixel) - top(pixel)) / sum(pixel);

  // THE SCHEDULE: vectors of channels, and reductions within them, where channels are neighbours; else
  // vectors of pixels. Either way a task has some pixels and meets all channels of each.
  Var task("task"), within("within"), vectors("vectors"), lanes("lanes");
  const auto pixels = toInt(outputView[1].extent);
  const int vector = schedule.vector;
  int perTask = divideUp(pixels, schedule.tasks);
  if (neighbourDimension(outputView) == 0) {
    y.split(pixel, task, within, perTask, TailStrategy::GuardWithIf)
        .split(c, vectors, lanes, vector, TailStrategy::GuardWithIf)
        .reorder(lanes, vectors, within, task)
        .vectorize(lanes)
        .never_partition_all();
    for (Func reduction : {top, sum}) {
      reduction.compute_at(y, within).store_in(MemoryType::Register);
      reduction.update().atomic().vectorize(channel, vector, TailStrategy::GuardWithIf).never_partition_all();
    }
  } else {
    perTask = roundUp(perTask, vector);
    y.split(pixel, task, within, perTask, TailStrategy::GuardWithIf)
        .split(within, vectors, lanes, vector, TailStrategy::GuardWithIf)
        .reorder(lanes, c, vectors, task)
        .vectorize(lanes)
        .never_partition_all();
    for (Func reduction : {top, sum}) {
      reduction.compute_at(y, vectors).store_in(MemoryType::Register).vectorize(pixel).never_partition_all();
      reduction.update().reorder(pixel, channel).vectorize(pixel).never_partition_all();
    }
  }
  if (schedule.tasks > 1) y.parallel(task);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerLrn(const KernelSpec &spec, const LoopSchedule &schedule) {
  const auto &lrn = std::get<Lrn>(spec.op);
  std::vector<Dimension> view = channelView(spec.inputs[0]), outputView = channelView(spec.outputs[0]);
  const auto channels = toInt(view[0].extent);
  // A window wider than the maps on both sides sums all of them: no need to walk further.
  const auto before = toInt(std::min<std::int64_t>((lrn.size - 1) / 2, channels - 1));
  const auto after = toInt(std::min<std::int64_t>(lrn.size / 2, channels - 1));
  Arguments arguments;
  ImageParam x = arguments.operand(0, view);

  // THE ALGORITHM
  Func squares("squares"), sum("sum"), y("y");
  std::vector<Var> position = makeVariables(2);
  Var c = position[0], pixel = position[1];
  RDom window(-before, before + after + 1, "window");
  Func exterior = Halide::BoundaryConditions::constant_exterior(x, 0.0f, {{0, channels}, {Expr(), Expr()}});
  const LocalResponse response(lrn, before + after + 1);
  squares(c, pixel) = response.squares(exterior(c, pixel));
  sum(c, pixel) = Tuple(0.0f, 0.0f);
  sum(c, pixel) = Tuple(sum(c, pixel)[0] + squares(c + window, pixel)[0],
                        sum(c, pixel)[1] + squares(c + window, pixel)[1]);
  y(c, pixel) = response.normalise(x(c, pixel), sum(c, pixel));

  // THE SCHEDULE
  LoopNest loops = scheduleLoops(y, position, outputView, schedule);
  Var neighbours = position[neighbourDimension(outputView)];
  sum.compute_at(y, loops.vectors).store_in(MemoryType::Register).vectorize(neighbours).never_partition_all();
  sum.update().reorder(neighbours, window).vectorize(neighbours).never_partition_all();
  // A pixel's squares, with zeros for the channels that don't exist, where they are few enough for the first
  // cache.
  constexpr int mostSquares = 4096;
  const bool keepsSquares = neighbours.name() == c.name() && channels + before + after <= mostSquares;
  if (keepsSquares)
    squares.compute_at(y, loops.around)
        .store_in(MemoryType::Heap)
        .vectorize(c, schedule.vector, TailStrategy::GuardWithIf);
  arguments.result(y, outputView);
  LoweredKernel kernel = arguments.take();
  if (keepsSquares)
    kernel.scratchBytesPerThread =
        squares.outputs() * pieceBytes(std::int64_t{roundUp(channels, schedule.vector)} + before + after, 1);
  return kernel;
}

} // namespace ninc

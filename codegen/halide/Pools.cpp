// Pooling: windows over each map, and the mean of whole maps.
#include <limits>

#include "codegen/halide/Families.h"
#include "codegen/halide/Loops.h"
#include "codegen/halide/Views.h"

namespace ninc {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

namespace {

struct Pooling {
  Window window;
  bool max = false;
  bool countIncludePad = false;
};

Pooling poolingOf(const Op &op) {
  if (const auto *pool = std::get_if<MaxPool>(&op)) return {pool->window, true, false};
  const auto &pool = std::get<AveragePool>(op);
  return {pool.window, false, pool.countIncludePad};
}

// One axis of a window, in input coordinates.
struct Axis {
  int kernel, stride, dilation, before, after, extent;

  Axis(const Window &window, std::size_t axis, std::int64_t inputExtent)
      : kernel(static_cast<int>(window.kernel[axis])), stride(static_cast<int>(window.stride[axis])),
        dilation(static_cast<int>(window.dilation[axis])),
        before(static_cast<int>(axis == 0 ? window.pad.top : window.pad.left)),
        after(static_cast<int>(axis == 0 ? window.pad.bottom : window.pad.right)),
        extent(static_cast<int>(inputExtent)) {}

  Expr start(const Expr &output) const { return output * stride - before; }
  Expr position(const Expr &output, const Expr &tap) const { return start(output) + tap * dilation; }
  // Whether some window reaches outside the map: in front, or behind for ceil or padding.
  bool clipped(std::int64_t outputExtent) const {
    return before > 0 || (outputExtent - 1) * stride - before + dilation * (kernel - 1) >= extent;
  }
  // Positions of the window that count: those inside the map, or inside the map with its padding.
  Expr count(const Expr &output, bool includePad) const {
    const int low = includePad ? -before : 0, high = includePad ? extent + after : extent;
    return Halide::min(start(output) + kernel, high) - Halide::max(start(output), low);
  }
};

} // namespace

LoweredKernel lowerPool(const KernelSpec &spec, const LoopSchedule &schedule) {
  const Pooling pooling = poolingOf(spec.op);
  const Shape &in = spec.inputs[0].shape, &out = spec.outputs[0].shape;
  const Axis rows(pooling.window, 0, in[1]), columns(pooling.window, 1, in[2]);
  std::vector<Dimension> outputView = logicalView(spec.outputs[0]);
  Arguments arguments;
  ImageParam x = arguments.operand(0, logicalView(spec.inputs[0]));

  // THE ALGORITHM
  Func folded("folded"), y("y");
  std::vector<Var> position = makeVariables(3);
  Var c = position[0], i = position[1], j = position[2];
  RDom tap(0, columns.kernel, 0, rows.kernel, "tap");
  Expr row = rows.position(i, tap.y), column = columns.position(j, tap.x);
  if (rows.clipped(out[1])) {
    tap.where(row >= 0 && row < rows.extent);
    row = Halide::unsafe_promise_clamped(row, 0, rows.extent - 1); // what where() has seen to
  }
  if (columns.clipped(out[2])) {
    tap.where(column >= 0 && column < columns.extent);
    column = Halide::unsafe_promise_clamped(column, 0, columns.extent - 1);
  }
  if (pooling.max) {
    folded(c, i, j) = -std::numeric_limits<float>::max();
    folded(c, i, j) = Halide::max(folded(c, i, j), x(c, row, column));
    y(c, i, j) = folded(c, i, j);
  } else {
    folded(c, i, j) = 0.0f;
    folded(c, i, j) += x(c, row, column);
    y(c, i, j) = folded(c, i, j) / cast<float>(rows.count(i, pooling.countIncludePad) *
                                               columns.count(j, pooling.countIncludePad));
  }

  // THE SCHEDULE: a vector of outputs is folded in a register.
  LoopNest loops = scheduleLoops(y, position, outputView, schedule);
  Var neighbours = position[neighbourDimension(outputView)];
  folded.compute_at(y, loops.vectors)
      .store_in(Halide::MemoryType::Register)
      .vectorize(neighbours)
      .never_partition_all();
  folded.update().reorder(neighbours, tap.x, tap.y).vectorize(neighbours).never_partition_all();
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerGlobalAveragePool(const KernelSpec &spec, const LoopSchedule &schedule) {
  const std::vector<Dimension> view = channelView(spec.inputs[0]);
  const auto channels = static_cast<int>(view[0].extent), pixels = static_cast<int>(view[1].extent);
  Arguments arguments;
  ImageParam x = arguments.operand(0, view);

  // THE ALGORITHM
  Func sum("sum"), y("y");
  Var c("c");
  RDom pixel(0, pixels, "pixel");
  sum(c) = 0.0f;
  sum(c) += x(c, pixel);
  y(c) = sum(c) * (1.0f / static_cast<float>(pixels));

  // THE SCHEDULE: vectors of channels where they are neighbours, else of pixels.
  Var task("task"), within("within");
  const int perTask = (channels + schedule.tasks - 1) / schedule.tasks;
  if (neighbourDimension(view) == 0) {
    Var vectors("vectors"), lanes("lanes");
    const int vector = schedule.vector;
    y.split(c, task, within, (perTask + vector - 1) / vector * vector, TailStrategy::GuardWithIf)
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

// A thread an element, where an output element depends on a window of the operand: pools, lrn, convolutions
// of many groups, softmax where positions are many.
#include <limits>

#include "codegen/halide/gpu/GpuFamilies.h"
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/GpuViews.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/LocalResponse.h"
#include "codegen/halide/shared/Math.h"
#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::Tuple;
using Halide::Var;

LoweredKernel lowerPoolOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const std::vector<Dimension> outputView = batchLogicalView(spec.outputs[0], spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchLogicalView(spec.inputs[0], spec.images));

  const std::vector<Var> position = makeVariables(4);
  PooledMaps maps = definePooling(
      poolingOf(spec.op), spec.inputs[0].shape, spec.outputs[0].shape, position,
      [&](const Expr &c, const Expr &row, const Expr &column) { return x(c, row, column, position[3]); });

  Func y("y");
  y(position) = toResult(maps.result(expressions(position)), spec);

  const Var thread = scheduleGpuLoops(y, position, outputView, schedule.threads);
  computePerThread(maps.folded, y, thread);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerLrnOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const auto &lrn = std::get<Lrn>(spec.op);
  const std::vector<Dimension> outputView = batchChannelView(spec.outputs[0], spec.images);
  const int channels = toInt(spec.inputs[0].shape[0]);
  // A window wider than the maps on both sides sums all of them: no need to walk further.
  const auto before = toInt(std::min<std::int64_t>((lrn.size - 1) / 2, channels - 1));
  const auto after = toInt(std::min<std::int64_t>(lrn.size / 2, channels - 1));
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchChannelView(spec.inputs[0], spec.images));

  Func sum("sum"), y("y");
  const std::vector<Var> position = makeVariables(3);
  const Var &c = position[0], &pixel = position[1], &n = position[2];
  RDom window(-before, before + after + 1, "window");
  const Expr neighbour = Halide::clamp(c + window, 0, channels - 1);
  const Expr inside = c + window >= 0 && c + window < channels;
  const Expr value = Halide::select(inside, x(neighbour, pixel, n), 0.0f);
  const LocalResponse response(lrn, before + after + 1);
  const Tuple squares = response.squares(value);
  sum(position) = Tuple(0.0f, 0.0f);
  sum(position) = Tuple(sum(position)[0] + squares[0], sum(position)[1] + squares[1]);
  y(position) = toResult(response.normalise(x(c, pixel, n), sum(position)), spec);

  const Var thread = scheduleGpuLoops(y, position, outputView, schedule.threads);
  computePerThread(sum, y, thread);
  arguments.result(y, outputView);
  return arguments.take();
}

// Weights as [tap and channel of the group][output]: neighbouring threads, which have neighbouring outputs,
// read neighbours.
LoweredKernel lowerGroupedConvOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const ConvLayer &layer = std::get<Conv2d>(spec.op).layer;
  const Window &window = layer.window;
  const Shape &in = spec.inputs[0].shape;
  const std::vector<Dimension> outputView = batchLogicalView(spec.outputs[0], spec.images);
  const int channels = toInt(in[0] / layer.groups), outputs = toInt(layer.outChannels / layer.groups);
  const int kernelRows = toInt(window.kernel[0]), kernelColumns = toInt(window.kernel[1]);
  const std::int64_t padded = roundUp(layer.outChannels, gpuChannelPadding);
  const std::int64_t reduction = std::int64_t{channels} * kernelRows * kernelColumns;
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchLogicalView(spec.inputs[0], spec.images));
  Func weights = readWeights(arguments, spec, 0, {{0, padded, 1}, {0, reduction, padded}});
  ImageParam bias = arguments.weights(1, {{0, padded, 1}});

  Func inside = Halide::BoundaryConditions::constant_exterior(
      x, 0.0f, {{Expr(), Expr()}, {0, toInt(in[1])}, {0, toInt(in[2])}, {Expr(), Expr()}});
  Func sum("sum"), y("y");
  const std::vector<Var> position = makeVariables(4);
  const Var &o = position[0], &i = position[1], &j = position[2], &n = position[3];
  RDom term(0, channels, 0, kernelColumns, 0, kernelRows, "term");
  const Expr row = i * toInt(window.stride[0]) + term.z * toInt(window.dilation[0]) - toInt(window.pad.top);
  const Expr column =
      j * toInt(window.stride[1]) + term.y * toInt(window.dilation[1]) - toInt(window.pad.left);
  sum(position) = bias(o);
  sum(position) += weights(o, term.x + channels * (term.y + kernelColumns * term.z)) *
                   inside(o / outputs * channels + term.x, row, column, n);
  y(position) = toResult(activate(layer.activation, sum(position)), spec);

  const Var thread = scheduleGpuLoops(y, position, outputView, schedule.threads);
  computePerThread(sum, y, thread);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerSoftmaxOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const std::vector<Dimension> outputView = batchChannelView(spec.outputs[0], spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchChannelView(spec.inputs[0], spec.images));

  // A thread walks the channels of its position three times: for the largest, the sum, and the quotients.
  Func top("top"), sum("sum"), y("y");
  const std::vector<Var> position = makeVariables(3);
  const Var &pixel = position[1], &n = position[2];
  RDom channel(0, toInt(spec.inputs[0].shape[0]), "channel");
  top(pixel, n) = -std::numeric_limits<float>::max();
  top(pixel, n) = Halide::max(top(pixel, n), x(channel, pixel, n));
  sum(pixel, n) = 0.0f;
  sum(pixel, n) += exponential(x(channel, pixel, n) - top(pixel, n));
  y(position) = Halide::undef(keptAs(spec.outputs[0].element, *spec.gpu));
  y(channel, pixel, n) = toResult(exponential(x(channel, pixel, n) - top(pixel, n)) / sum(pixel, n), spec);

  const Var block("block"), thread("thread");
  const Var all("all");
  y.bound(position[0], 0, toInt(outputView[0].extent))
      .bound(pixel, 0, toInt(outputView[1].extent))
      .bound(n, 0, toInt(outputView[2].extent));
  y.update()
      .fuse(pixel, n, all)
      .split(all, block, thread, schedule.threads, Halide::TailStrategy::GuardWithIf)
      .reorder(channel, thread, block)
      .gpu_blocks(block)
      .gpu_threads(thread)
      .never_partition_all();
  computePerThread(top, y, thread);
  computePerThread(sum, y, thread);
  arguments.result(y, outputView);
  return arguments.take();
}

} // namespace ninc

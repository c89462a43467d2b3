// Convolution of more than one group, depthwise ones included.
//
// The input is first copied to scratch with a border of zeros and channels innermost, unless it is so
// already: then a window's taps are plain loads. Weights lie in the order in which the loops read them
// (PackWeights.cpp), zero beyond a group's last output channel.
#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::MemoryType;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

namespace {

struct Geometry {
  int channels, height, width;   // of the input
  int rows, columns;             // of the output
  int paddedHeight, paddedWidth; // of what the windows read
  int inputs, outputs;           // channels of one group
  const Window &window;

  Geometry(const ConvLayer &layer, const Shape &in, const Shape &out)
      : channels(toInt(in[0])), height(toInt(in[1])), width(toInt(in[2])), rows(toInt(out[1])),
        columns(toInt(out[2])), paddedHeight(reach(layer.window, 0, rows)),
        paddedWidth(reach(layer.window, 1, columns)), inputs(toInt(in[0] / layer.groups)),
        outputs(toInt(out[0] / layer.groups)), window(layer.window) {}

  static int reach(const Window &window, std::size_t axis, int outputs) {
    return toInt((outputs - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1);
  }
  bool padded() const { return window.pad != Padding{}; }
  int kernel(std::size_t axis) const { return toInt(window.kernel[axis]); }
  Expr row(const Expr &i, const Expr &tap) const {
    return i * toInt(window.stride[0]) + tap * toInt(window.dilation[0]);
  }
  Expr column(const Expr &j, const Expr &tap) const {
    return j * toInt(window.stride[1]) + tap * toInt(window.dilation[1]);
  }
};

// What the windows read, as a function of (channel, column, row): the operand itself, or its copy in scratch.
Func bordered(const ImageParam &x, const TensorType &type, const Geometry &g, int vector,
              Arguments &arguments) {
  Func source("source");
  Var c("c"), j("j"), i("i");
  if (!g.padded() && type.layout == Layout::hwc) {
    source(c, j, i) = x(c, i, j);
    return source;
  }
  // Inside the border, which Halide's loop partitioning tells from the rest, this is a plain copy.
  Func inside =
      Halide::BoundaryConditions::constant_exterior(x, 0.0f, {{Expr(), Expr()}, {0, g.height}, {0, g.width}});
  source(c, j, i) = inside(c, i - toInt(g.window.pad.top), j - toInt(g.window.pad.left));
  Var vectors("vectors"), lanes("lanes");
  source.compute_root()
      .split(c, vectors, lanes, std::min(vector, g.channels), TailStrategy::GuardWithIf)
      .reorder(lanes, vectors, j, i)
      .vectorize(lanes);
  arguments.scratch(source, {{0, g.channels, 1},
                             {0, g.paddedWidth, g.channels},
                             {0, g.paddedHeight, std::int64_t{g.paddedWidth} * g.channels}});
  return source;
}

// Each output channel has its own input channel (or shares it with few): vectors of channels.
LoweredKernel lowerDepthwise(const KernelSpec &spec, const GroupedConvSchedule &schedule) {
  const ConvLayer &layer = std::get<Conv2d>(spec.op).layer;
  const Geometry g(layer, spec.inputs[0].shape, spec.outputs[0].shape);
  const std::int64_t outputs = layer.outChannels;
  Arguments arguments;
  ImageParam x = arguments.operand(0, logicalView(spec.inputs[0]));
  ImageParam weights = arguments.weights(
      0, {{0, outputs, 1}, {0, g.kernel(1), outputs}, {0, g.kernel(0), outputs * g.kernel(1)}});
  ImageParam bias = arguments.weights(1, {{0, outputs, 1}});

  // THE ALGORITHM
  Func source = bordered(x, spec.inputs[0], g, schedule.vector, arguments), sum("sum"), y("y");
  Var o("o"), i("i"), j("j");
  RDom tap(0, g.kernel(1), 0, g.kernel(0), "tap");
  Expr channel = g.outputs == 1 ? Expr(o) : o / g.outputs;
  sum(o, i, j) = bias(o);
  sum(o, i, j) += weights(o, tap.x, tap.y) * source(channel, g.column(j, tap.x), g.row(i, tap.y));
  y(o, i, j) = activate(layer.activation, sum(o, i, j));

  // THE SCHEDULE
  Var panel("panel"), inPanel("inPanel"), vectors("vectors"), lanes("lanes"), tile("tile"), pixel("pixel");
  y.split(j, tile, pixel, schedule.tilePixels, TailStrategy::ShiftInwards)
      .split(o, panel, inPanel, schedule.vector * schedule.vectors, TailStrategy::ShiftInwards)
      .split(inPanel, vectors, lanes, schedule.vector)
      .reorder(lanes, vectors, pixel, panel, tile, i)
      .vectorize(lanes)
      .unroll(vectors)
      .unroll(pixel)
      .never_partition_all();
  if (schedule.parallel) y.parallel(i);
  Var sumVectors("sumVectors"), sumLanes("sumLanes");
  sum.compute_at(y, panel).store_in(MemoryType::Register);
  for (int stage = 0; stage < 2; ++stage) {
    Halide::Stage s = stage == 0 ? Halide::Stage(sum) : sum.update();
    s.split(o, sumVectors, sumLanes, schedule.vector);
    if (stage == 0)
      s.reorder(sumLanes, sumVectors, j, i);
    else
      s.reorder(sumLanes, sumVectors, j, tap.x, tap.y, i);
    s.vectorize(sumLanes).unroll(sumVectors).unroll(j).never_partition_all();
    if (stage == 1 && g.kernel(1) <= 3) s.unroll(tap.x);
  }
  arguments.result(y, logicalView(spec.outputs[0]));
  return arguments.take();
}

// Each group is a convolution of its own: panels of its output channels, weights shared by a tile's pixels.
LoweredKernel lowerGroups(const KernelSpec &spec, const GroupedConvSchedule &schedule) {
  const ConvLayer &layer = std::get<Conv2d>(spec.op).layer;
  const Geometry g(layer, spec.inputs[0].shape, spec.outputs[0].shape);
  const int panelSize = schedule.vector * schedule.vectors;
  const int panels = divideUp(g.outputs, panelSize); // of one group
  const int reduction = g.inputs * g.kernel(0) * g.kernel(1);
  Arguments arguments;
  ImageParam x = arguments.operand(0, logicalView(spec.inputs[0]));
  ImageParam weights =
      arguments.weights(0, {{0, panelSize, 1},
                            {0, reduction, panelSize},
                            {0, panels * layer.groups, std::int64_t{panelSize} * reduction}});
  ImageParam bias = arguments.weights(1, {{0, panels * layer.groups * panelSize, 1}});

  // THE ALGORITHM
  Func source = bordered(x, spec.inputs[0], g, spec.target.vectorLanes, arguments), sum("sum"), y("y");
  Var o("o"), i("i"), j("j"), group("group"); // o: output channel of the group
  RDom term(0, g.inputs, 0, g.kernel(1), 0, g.kernel(0), "term");
  Expr index = term.x + g.inputs * (term.y + g.kernel(1) * term.z);
  Expr panelOfAll = o / panelSize + group * panels;
  sum(o, i, j, group) = bias(o + group * (panels * panelSize));
  sum(o, i, j, group) += weights(o % panelSize, index, panelOfAll) *
                         source(group * g.inputs + term.x, g.column(j, term.y), g.row(i, term.z));
  y(o, i, j, group) = activate(layer.activation, sum(o, i, j, group));

  // THE SCHEDULE
  Var panel("panel"), inPanel("inPanel"), vectors("vectors"), lanes("lanes"), tile("tile"), pixel("pixel");
  y.split(j, tile, pixel, schedule.tilePixels, TailStrategy::ShiftInwards)
      .split(o, panel, inPanel, panelSize, TailStrategy::GuardWithIf)
      .split(inPanel, vectors, lanes, schedule.vector)
      .reorder(lanes, vectors, pixel, tile, panel, i, group)
      .vectorize(lanes)
      .unroll(vectors)
      .unroll(pixel)
      .never_partition_all();
  if (schedule.parallel) {
    Var rowOfGroup("rowOfGroup");
    y.fuse(i, group, rowOfGroup).parallel(rowOfGroup);
  }
  Var sumVectors("sumVectors"), sumLanes("sumLanes");
  sum.compute_at(y, tile).store_in(MemoryType::Register).bound_extent(o, panelSize);
  for (int stage = 0; stage < 2; ++stage) {
    Halide::Stage s = stage == 0 ? Halide::Stage(sum) : sum.update();
    s.split(o, sumVectors, sumLanes, schedule.vector);
    if (stage == 0)
      s.reorder(sumLanes, sumVectors, j, i, group);
    else
      s.reorder(sumLanes, sumVectors, j, term.x, term.y, term.z, i, group);
    s.vectorize(sumLanes).unroll(sumVectors).unroll(j).never_partition_all();
  }
  std::vector<Dimension> view = logicalView(spec.outputs[0]);
  arguments.result(
      y, {{0, g.outputs, view[0].stride}, view[1], view[2], {0, layer.groups, g.outputs * view[0].stride}});
  return arguments.take();
}

} // namespace

LoweredKernel lowerGroupedConv(const KernelSpec &spec, const GroupedConvSchedule &schedule) {
  const bool depthwise = std::get<Conv2d>(spec.op).layer.groups == spec.inputs[0].shape[0];
  return depthwise ? lowerDepthwise(spec, schedule) : lowerGroups(spec, schedule);
}

} // namespace ninc

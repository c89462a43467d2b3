// Convolution of more than one group, depthwise ones included.
//
// On a CPU the input is first copied to scratch with a border of zeros and channels innermost, unless it is
// so already: then a window's taps are plain loads. Weights lie in the order in which the loops read them
// (PackWeights.cpp): [term][output] for a device, where neighbouring threads have neighbouring outputs, and
// for depthwise convolutions; else in panels of a group's outputs, zero beyond its last.
#include <algorithm>
#include <functional>

#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/spec/ConvStage.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::MemoryType;
using Halide::RDom;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

namespace {

struct Geometry {
  const ConvLayer &layer;
  int channels, height, width; // of the input
  int rows, columns;           // of the output
  int groups, inputs, outputs; // channels of one group

  explicit Geometry(const KernelSpec &spec) : Geometry(spec, spec.inputs[0].shape, spec.outputs[0].shape) {}
  Geometry(const KernelSpec &spec, const Shape &in, const Shape &out)
      : layer(std::get<Conv2d>(spec.op).layer), channels(toInt(in[0])), height(toInt(in[1])),
        width(toInt(in[2])), rows(toInt(out[1])), columns(toInt(out[2])), groups(toInt(layer.groups)),
        inputs(toInt(in[0] / layer.groups)), outputs(toInt(out[0] / layer.groups)) {}

  bool padded() const { return layer.window.pad != Padding{}; }
  int kernel(std::size_t axis) const { return toInt(layer.window.kernel[axis]); }
  std::int64_t terms() const { return std::int64_t{inputs} * kernel(0) * kernel(1); }
  // Extent of what the windows read, along an axis.
  std::int64_t reach(std::size_t axis) const {
    const Window &w = layer.window;
    return ((axis == 0 ? rows : columns) - 1) * w.stride[axis] + (w.kernel[axis] - 1) * w.dilation[axis] + 1;
  }
  // Where a window's tap is, counted from the border's edge.
  Expr tap(std::size_t axis, const Expr &output, const Expr &number) const {
    return output * toInt(layer.window.stride[axis]) + number * toInt(layer.window.dilation[axis]);
  }
};

// What the windows read, in coordinates that begin with the border.
using Source = std::function<Expr(const Expr &channel, const Expr &row, const Expr &column)>;

// Zero outside the map; x has a map's coordinates, and maybe the image.
Func withZerosAround(const Func &x, const Geometry &g) {
  Halide::Region bounds(static_cast<std::size_t>(x.dimensions()));
  bounds[1] = {0, g.height};
  bounds[2] = {0, g.width};
  return Halide::BoundaryConditions::constant_exterior(x, 0.0f, bounds);
}

// An output element's place: coordinates of the result, and what they mean.
struct Place {
  std::vector<Var> position;
  Expr group, row, column;
};

// THE ALGORITHM: sums over the taps of each channel of the group. `weight` is that of a term for the place's
// output.
struct GroupedSums {
  Func sum;  // of the position
  RDom term; // channel of the group, column and row of the window
  Expr result;
};
GroupedSums defineSums(const Geometry &g, const Place &at, const Source &source, const Expr &bias,
                       const std::function<Expr(const Expr &term)> &weight) {
  GroupedSums s{Func("sum"), RDom(0, g.inputs, 0, g.kernel(1), 0, g.kernel(0), "term"), Expr()};
  const RDom &r = s.term;
  const Expr number = r.x + g.inputs * (r.y + g.kernel(1) * r.z);
  s.sum(at.position) = bias;
  s.sum(at.position) +=
      weight(number) * source(at.group * g.inputs + r.x, g.tap(0, at.row, r.z), g.tap(1, at.column, r.y));
  s.result = activate(g.layer.activation, s.sum(expressions(at.position)));
  return s;
}

// ---- THE SCHEDULE on a device: a thread an element

KernelPipeline buildOnDevice(const KernelSpec &spec, const Schedule &schedule) {
  const Geometry g(spec);
  const std::int64_t padded = roundUp(g.layer.outChannels, gpuChannelPadding);
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y");
  Func weights = readWeights(arguments, spec, 0, {{0, padded, 1}, {0, g.terms(), padded}});
  ImageParam bias = arguments.weights(1, {{0, padded, 1}});
  Func inside = withZerosAround(x, g);
  const std::vector<Var> position = makeVariables(4); // output, row, column, image
  const Var o = position[0], n = position[3];
  const Window &window = g.layer.window;
  const Source source = [&](const Expr &channel, const Expr &row, const Expr &column) -> Expr {
    return inside(channel, row - toInt(window.pad.top), column - toInt(window.pad.left), n);
  };
  const GroupedSums sums = defineSums(g, {position, o / g.outputs, position[1], position[2]}, source, bias(o),
                                      [&](const Expr &term) -> Expr { return weights(o, term); });
  y(position) = toResult(sums.result, spec);
  return scheduleElements({std::move(arguments),
                           y,
                           position,
                           logicalView(spec.outputs[0], spec),
                           {{sums.sum, {sums.term.x, sums.term.y, sums.term.z}}}},
                          schedule);
}

// ---- THE SCHEDULE on a CPU: register tiles of some vectors of outputs by some pixels

// The operand itself, or its copy in scratch.
Source readBordered(const Func &x, const KernelSpec &spec, const Geometry &g, int vector,
                    Arguments &arguments) {
  if (!g.padded() && spec.inputs[0].layout == Layout::hwc)
    return [x](const Expr &c, const Expr &row, const Expr &column) -> Expr { return x(c, row, column); };
  Func copy("source");
  Var c("c"), j("j"), i("i"), vectors("vectors"), lanes("lanes");
  // Inside the border, which Halide's loop partitioning tells from the rest, this is a plain copy.
  Func inside = withZerosAround(x, g);
  copy(c, j, i) = inside(c, i - toInt(g.layer.window.pad.top), j - toInt(g.layer.window.pad.left));
  copy.compute_root()
      .split(c, vectors, lanes, std::min(vector, g.channels), TailStrategy::GuardWithIf)
      .reorder(lanes, vectors, j, i)
      .vectorize(lanes);
  const std::int64_t stride = std::int64_t{toInt(g.reach(1))} * g.channels; // of a row
  arguments.scratch(copy, {{0, g.channels, 1}, {0, g.reach(1), g.channels}, {0, toInt(g.reach(0)), stride}});
  return [copy](const Expr &channel, const Expr &row, const Expr &column) -> Expr {
    return copy(channel, column, row);
  };
}

// The sums of a tile, all of its vectors and pixels at once: their beginning, and a step of the reduction.
// Loops outside the tile's: `outer`.
void scheduleSums(const GroupedSums &sums, const Var &o, const Var &j, const std::vector<Var> &outer,
                  int vector) {
  Func sum = sums.sum;
  const Var vectors("sumVectors"), lanes("sumLanes");
  for (const bool updates : {false, true}) {
    std::vector<VarOrRVar> loops{lanes, vectors, j};
    if (updates) loops.insert(loops.end(), {sums.term.x, sums.term.y, sums.term.z});
    loops.insert(loops.end(), outer.begin(), outer.end());
    Halide::Stage stage = updates ? sum.update() : Halide::Stage(sum);
    stage.split(o, vectors, lanes, vector)
        .reorder(loops)
        .vectorize(lanes)
        .unroll(vectors)
        .unroll(j)
        .never_partition_all();
  }
}

struct TileLoops {
  Var panel{"panel"}, inPanel{"inPanel"}, vectors{"vectors"}, lanes{"lanes"}, tile{"tile"}, pixel{"pixel"};
};

// Each output channel has its own input channel (or shares it with few): vectors of channels.
KernelPipeline buildDepthwise(const KernelSpec &spec, const TileSchedule &schedule) {
  const Geometry g(spec);
  const std::int64_t outputs = g.layer.outChannels;
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0])), y("y");
  Func weights = readWeights(arguments, spec, 0, {{0, outputs, 1}, {0, g.terms(), outputs}});
  ImageParam bias = arguments.weights(1, {{0, outputs, 1}});
  const Source source = readBordered(x, spec, g, schedule.vector, arguments);
  const Var o("o"), i("i"), j("j");
  const GroupedSums sums = defineSums(g, {{o, i, j}, o / g.outputs, i, j}, source, bias(o),
                                      [&](const Expr &term) -> Expr { return weights(o, term); });
  y(o, i, j) = sums.result;

  const TileLoops loop;
  y.split(j, loop.tile, loop.pixel, schedule.tilePixels, TailStrategy::ShiftInwards)
      .split(o, loop.panel, loop.inPanel, schedule.vector * schedule.vectors, TailStrategy::ShiftInwards)
      .split(loop.inPanel, loop.vectors, loop.lanes, schedule.vector)
      .reorder(loop.lanes, loop.vectors, loop.pixel, loop.panel, loop.tile, i)
      .vectorize(loop.lanes)
      .unroll(loop.vectors)
      .unroll(loop.pixel)
      .never_partition_all();
  if (schedule.parallel) y.parallel(i);
  Func sum = sums.sum;
  sum.compute_at(y, loop.panel).store_in(MemoryType::Register);
  scheduleSums(sums, o, j, {i}, schedule.vector);
  if (g.kernel(1) <= 3) sum.update().unroll(sums.term.y);
  arguments.result(y, logicalView(spec.outputs[0]));
  return arguments.take();
}

// Each group is a convolution of its own: panels of its output channels, weights shared by a tile's pixels.
KernelPipeline buildGroups(const KernelSpec &spec, const TileSchedule &schedule) {
  const Geometry g(spec);
  const int panelSize = schedule.vector * schedule.vectors;
  const int panels = divideUp(g.outputs, panelSize); // of one group
  const std::int64_t allPanels = std::int64_t{panels} * g.groups;
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0])), y("y");
  Func weights =
      readWeights(arguments, spec, 0,
                  {{0, panelSize, 1}, {0, g.terms(), panelSize}, {0, allPanels, panelSize * g.terms()}});
  ImageParam bias = arguments.weights(1, {{0, allPanels * panelSize, 1}});
  const Source source = readBordered(x, spec, g, spec.cpu().vectorLanes, arguments);
  const Var o("o"), i("i"), j("j"), group("group"); // o: output channel of the group
  const GroupedSums sums = defineSums(
      g, {{o, i, j, group}, group, i, j}, source, bias(o + group * (panels * panelSize)),
      [&](const Expr &term) -> Expr { return weights(o % panelSize, term, o / panelSize + group * panels); });
  y(o, i, j, group) = sums.result;

  const TileLoops loop;
  y.split(j, loop.tile, loop.pixel, schedule.tilePixels, TailStrategy::ShiftInwards)
      .split(o, loop.panel, loop.inPanel, panelSize, TailStrategy::GuardWithIf)
      .split(loop.inPanel, loop.vectors, loop.lanes, schedule.vector)
      .reorder(loop.lanes, loop.vectors, loop.pixel, loop.tile, loop.panel, i, group)
      .vectorize(loop.lanes)
      .unroll(loop.vectors)
      .unroll(loop.pixel)
      .never_partition_all();
  if (schedule.parallel) {
    const Var rowOfGroup("rowOfGroup");
    y.fuse(i, group, rowOfGroup).parallel(rowOfGroup);
  }
  Func sum = sums.sum;
  sum.compute_at(y, loop.tile).store_in(MemoryType::Register).bound_extent(o, panelSize);
  scheduleSums(sums, o, j, {i, group}, schedule.vector);
  const std::vector<Dimension> view = logicalView(spec.outputs[0]);
  arguments.result(
      y, {{0, g.outputs, view[0].stride}, view[1], view[2], {0, g.groups, g.outputs * view[0].stride}});
  return arguments.take();
}

} // namespace

KernelPipeline buildGroupedConv(const KernelSpec &spec, const Schedule &schedule) {
  if (spec.isOnDevice()) return buildOnDevice(spec, schedule);
  const auto &tiles = std::get<TileSchedule>(schedule.choice);
  const bool depthwise = isDepthwise(std::get<Conv2d>(spec.op).layer, spec.inputs[0]);
  return depthwise ? buildDepthwise(spec, tiles) : buildGroups(spec, tiles);
}

} // namespace ninc

// Ops that only move elements: concat, flatten, reshape, transpose, slice. Most flattens and reshapes are no
// kernel at all (passes/MemoryPlan.h); what arrives here changes the memory order or is an output.
#include <algorithm>

#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::RDom;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

namespace {

// An operand of a concat, and its stretch of the output along the axis.
struct Stretch {
  Func operand;
  int begin = 0, extent = 0;
};

struct Concatenation {
  Arguments arguments;
  std::vector<Stretch> stretches;
  std::vector<Dimension> view;
  std::vector<Var> position;
  std::size_t axis = 0;
  Func result{"y"};

  explicit Concatenation(const KernelSpec &spec)
      : arguments(spec), view(logicalView(spec.outputs[0], spec)), position(makeVariables(view.size())),
        axis(static_cast<std::size_t>(std::get<Concat>(spec.op).axis)) {
    int begin = 0;
    for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
      const int extent = toInt(spec.inputs[i].shape[axis]);
      stretches.push_back(
          {readOperand(arguments, spec, i, logicalView(spec.inputs[i], spec)), begin, extent});
      begin += extent;
    }
  }
};

// THE ALGORITHM, twice: a function's updates, one an operand, are loops of their own on a CPU, where none
// asks an element whose it is; on a device they would be launches of their own.
//
// By stretches: each operand fills its own. Returns the loops along the axis.
std::vector<RVar> fillStretches(Concatenation &c, const KernelSpec &spec) {
  c.result(c.position) = Halide::undef(keptAs(spec.outputs[0].element, spec));
  std::vector<RVar> alongAxis;
  for (const Stretch &stretch : c.stretches) {
    RDom along(0, stretch.extent, "along");
    std::vector<Expr> from = expressions(c.position), to = from;
    from[c.axis] = along;
    to[c.axis] = along + stretch.begin;
    c.result(to) = toResult(stretch.operand(from), spec);
    alongAxis.push_back(along);
  }
  return alongAxis;
}

// By elements: each asks which operand it comes from.
void selectElements(Concatenation &c, const KernelSpec &spec) {
  Expr element;
  for (std::size_t i = c.stretches.size(); i-- > 0;) {
    const auto &[operand, begin, extent] = c.stretches[i];
    std::vector<Expr> place = expressions(c.position);
    place[c.axis] = Halide::clamp(c.position[c.axis] - begin, 0, extent - 1);
    const Expr own = operand(place);
    element = element.defined() ? Halide::select(c.position[c.axis] < begin + extent, own, element) : own;
  }
  c.result(c.position) = toResult(element, spec);
}

// THE SCHEDULE of a stretch on a CPU: vectors of neighbours in memory, the rest in memory order.
void scheduleStretch(const Concatenation &c, Halide::Stage copy, const RVar &alongAxis, std::int64_t extent,
                     int vectorOfSchedule) {
  const std::size_t neighbours = neighbourDimension(c.view);
  std::vector<std::size_t> order; // the other dimensions, innermost first
  for (std::size_t d = 0; d < c.view.size(); ++d)
    if (d != neighbours) order.push_back(d);
  std::ranges::stable_sort(order, {}, [&](std::size_t d) { return c.view[d].stride; });
  const auto vector = toInt(std::min<std::int64_t>(vectorOfSchedule, extent));
  std::vector<VarOrRVar> loops;
  if (neighbours == c.axis) {
    RVar vectors("vectors"), lanes("lanes");
    copy.split(alongAxis, vectors, lanes, vector, TailStrategy::GuardWithIf);
    loops = {lanes, vectors};
  } else {
    Var vectors("vectors"), lanes("lanes");
    copy.split(c.position[neighbours], vectors, lanes, vector, TailStrategy::GuardWithIf);
    loops = {lanes, vectors};
  }
  const VarOrRVar lanes = loops.front();
  for (std::size_t d : order)
    loops.push_back(d == c.axis ? VarOrRVar(alongAxis) : VarOrRVar(c.position[d]));
  copy.reorder(loops).vectorize(lanes).never_partition_all();
}

// THE ALGORITHM: elements keep their number in row-major order of the logical shape. Where the output is
// row-major in memory too it is written through the operand's shape, else the number is worked out for each
// element.
LightKernel defineReshape(const KernelSpec &spec) {
  const TensorType &input = spec.inputs[0], &output = spec.outputs[0];
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, channelView(input, spec)), y("y");
  std::vector<Dimension> view = channelView(output, spec);
  const std::vector<Var> position = makeVariables(view.size()); // channel, pixel; the image on a device
  if (output.layout == Layout::chw) {
    view = channelView({output.element, input.shape, Layout::chw}, spec);
    y(position) = toResult(x(expressions(position)), spec);
  } else {
    const int inputPixels = toInt(elementCount(input.shape) / input.shape[0]);
    const int outputPixels = toInt(elementCount(output.shape) / output.shape[0]);
    const Expr number = position[0] * outputPixels + position[1];
    y(position) = toResult(x(placeOf({number / inputPixels, number % inputPixels}, position, 2)), spec);
  }
  return {std::move(arguments), y, position, std::move(view)};
}

// THE ALGORITHM: each element asks the operand at a place made of its own.
template <class PlaceOf>
LightKernel defineGather(const KernelSpec &spec, PlaceOf placeInOperand) {
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y");
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // the image last, on a device
  y(position) = toResult(x(placeInOperand(expressions(position))), spec);
  return {std::move(arguments), y, position, std::move(view)};
}

} // namespace

KernelPipeline buildTranspose(const KernelSpec &spec, const Schedule &schedule) {
  const Shape &order = std::get<Transpose>(spec.op).order;
  const auto placeInOperand = [&](const std::vector<Expr> &position) {
    std::vector<Expr> place = position;
    for (std::size_t i = 0; i < order.size(); ++i)
      place[static_cast<std::size_t>(order[i])] = position[i];
    return place;
  };
  return scheduleElements(defineGather(spec, placeInOperand), schedule);
}

KernelPipeline buildSlice(const KernelSpec &spec, const Schedule &schedule) {
  const auto &slice = std::get<Slice>(spec.op);
  const auto placeInOperand = [&](std::vector<Expr> place) {
    Expr &along = place[static_cast<std::size_t>(slice.axis)];
    along = along * toInt(slice.stride) + toInt(slice.from);
    return place;
  };
  return scheduleElements(defineGather(spec, placeInOperand), schedule);
}

KernelPipeline buildConcat(const KernelSpec &spec, const Schedule &schedule) {
  Concatenation concat(spec);
  if (spec.isOnDevice()) {
    selectElements(concat, spec);
    return scheduleElements(
        {std::move(concat.arguments), concat.result, concat.position, std::move(concat.view)}, schedule);
  }
  const int vector = std::get<LoopSchedule>(schedule.choice).vector;
  const std::vector<RVar> alongAxis = fillStretches(concat, spec);
  const std::size_t neighbours = neighbourDimension(concat.view);
  for (std::size_t i = 0; i < alongAxis.size(); ++i)
    scheduleStretch(concat, concat.result.update(static_cast<int>(i)), alongAxis[i],
                    spec.inputs[i].shape[neighbours], vector);
  concat.arguments.result(concat.result, concat.view);
  return concat.arguments.take();
}

KernelPipeline buildReshape(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(defineReshape(spec), schedule);
}

} // namespace ninc

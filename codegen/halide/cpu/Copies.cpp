// Ops that only move elements: concat, flatten, reshape. Most flattens and reshapes are no kernel at all
// (passes/MemoryPlan.h); what arrives here changes the memory order or is an output.
#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/halide/shared/Views.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

// Each operand fills its own stretch of the output along the axis: one update each.
LoweredKernel lowerConcat(const KernelSpec &spec, const LoopSchedule &schedule) {
  const auto axis = static_cast<std::size_t>(std::get<Concat>(spec.op).axis);
  std::vector<Dimension> outputView = logicalView(spec.outputs[0]);
  Arguments arguments;
  std::vector<ImageParam> operands;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    operands.push_back(arguments.operand(i, logicalView(spec.inputs[i])));

  // THE ALGORITHM
  Func y("y");
  std::vector<Var> position = makeVariables(outputView.size());
  y(position) = Halide::undef<float>();
  std::vector<RVar> alongAxis;
  int offset = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto extent = toInt(spec.inputs[i].shape[axis]);
    RDom along(0, extent, "along");
    std::vector<Expr> from(position.begin(), position.end()), to = from;
    from[axis] = along;
    to[axis] = along + offset;
    y(to) = operands[i](from);
    alongAxis.push_back(along);
    offset += extent;
  }

  // THE SCHEDULE
  const std::size_t neighbours = neighbourDimension(outputView);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::vector<std::size_t> order; // dimensions, innermost first
    for (std::size_t d = 0; d < outputView.size(); ++d)
      if (d != neighbours) order.push_back(d);
    std::ranges::stable_sort(order, {}, [&](std::size_t d) { return outputView[d].stride; });
    Halide::Stage copy = y.update(static_cast<int>(i));
    std::vector<VarOrRVar> loops;
    const std::int64_t extent = spec.inputs[i].shape[neighbours];
    const auto vector = toInt(std::min<std::int64_t>(schedule.vector, extent));
    if (neighbours == axis) {
      RVar vectors("vectors"), lanes("lanes");
      copy.split(alongAxis[i], vectors, lanes, vector, TailStrategy::GuardWithIf);
      loops = {lanes, vectors};
    } else {
      Var vectors("vectors"), lanes("lanes");
      copy.split(position[neighbours], vectors, lanes, vector, TailStrategy::GuardWithIf);
      loops = {lanes, vectors};
    }
    const VarOrRVar lanes = loops.front();
    for (std::size_t d : order)
      loops.push_back(d == axis ? VarOrRVar(alongAxis[i]) : VarOrRVar(position[d]));
    copy.reorder(loops).vectorize(lanes).never_partition_all();
  }
  arguments.result(y, outputView);
  return arguments.take();
}

// Elements keep their number in row-major order of the logical shape. Where the output is row-major in memory
// too it is written through the operand's shape, else the number is worked out for each element.
LoweredKernel lowerReshape(const KernelSpec &spec, const LoopSchedule &schedule) {
  const TensorType &input = spec.inputs[0], &output = spec.outputs[0];
  Arguments arguments;
  ImageParam x = arguments.operand(0, channelView(input));
  std::vector<Var> position = makeVariables(2);
  std::vector<Dimension> outputView = channelView(output);
  Func y("y");

  // THE ALGORITHM
  if (output.layout == Layout::chw) {
    outputView = channelView({output.element, input.shape, Layout::chw});
    y(position) = x(position[0], position[1]);
  } else {
    const auto inputPixels = toInt(elementCount(input.shape) / input.shape[0]);
    const auto outputPixels = toInt(elementCount(output.shape) / output.shape[0]);
    Expr number = position[0] * outputPixels + position[1];
    y(position) = x(number / inputPixels, number % inputPixels);
  }

  // THE SCHEDULE
  scheduleLoops(y, position, outputView, schedule);
  arguments.result(y, outputView);
  return arguments.take();
}

} // namespace ninc

// Where the largest element is: both are carried along the axis.
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::RDom;
using Halide::Tuple;
using Halide::Var;

namespace {

// THE ALGORITHM
LightKernel defineArgMax(const KernelSpec &spec) {
  const auto &op = std::get<ArgMax>(spec.op);
  const auto axis = static_cast<std::size_t>(op.axis);
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y"), best("best");
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // the image last, on a device
  const bool hasAxis = spec.inputs[0].shape.size() == spec.outputs[0].shape.size();
  const auto candidate = [&](const Expr &number) -> Expr {
    std::vector<Expr> place = expressions(position);
    if (hasAxis)
      place[axis] = number;
    else
      place.insert(place.begin() + op.axis, number);
    return x(place);
  };
  RDom number(0, toInt(spec.inputs[0].shape[axis]), "number");
  best(position) = Tuple(candidate(0), Expr(0));
  const Tuple before = best(expressions(position));
  const Expr own = candidate(number), isBetter = op.takesLast ? own >= before[0] : own > before[0];
  best(position) =
      Tuple(Halide::select(isBetter, own, before[0]), Halide::select(isBetter, number, before[1]));
  y(position) = Halide::cast<std::int64_t>(Tuple(best(expressions(position)))[1]);
  return {std::move(arguments), y, position, std::move(view), {{best, {number.x}}}};
}

} // namespace

KernelPipeline buildArgMax(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(defineArgMax(spec), schedule);
}

} // namespace ninc

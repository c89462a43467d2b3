// Ops whose output element depends on the same element of their operands: activations, batch normalisation,
// sums and products with broadcasting.
//
// They may run in place (passes/MemoryPlan.h): operand and output may be one memory. Halide takes buffers
// to be distinct, which does no harm as long as an element is stored by the very iteration that loads it and
// no other one reads it: so vectors never overlap (Loops.h).
#include <cmath>

#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/shared/Elements.h"
#include "codegen/halide/shared/Variables.h"
#include "codegen/halide/shared/Views.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::Var;

namespace {

// An operand's element for an output element: extents of 1 stretch.
Expr stretched(const ImageParam &operand, const TensorType &type, const std::vector<Var> &position) {
  std::vector<Expr> index;
  for (std::size_t i = 0; i < position.size(); ++i)
    index.push_back(type.shape[i] == 1 ? Expr(0) : Expr(position[i]));
  return operand(index);
}

} // namespace

LoweredKernel lowerUnary(const KernelSpec &spec, const LoopSchedule &schedule) {
  auto view = spec.inputs[0].layout == spec.outputs[0].layout ? lineView : channelView;
  std::vector<Dimension> outputView = view(spec.outputs[0]);
  Arguments arguments;
  ImageParam x = arguments.operand(0, view(spec.inputs[0]));

  // THE ALGORITHM
  Func y("y");
  std::vector<Var> position = makeVariables(outputView.size());
  y(position) = element(spec.op, x(std::vector<Expr>(position.begin(), position.end())));

  // THE SCHEDULE
  scheduleLoops(y, position, outputView, schedule);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerBatchNorm(const KernelSpec &spec, const LoopSchedule &schedule) {
  std::vector<Dimension> outputView = channelView(spec.outputs[0]);
  Arguments arguments;
  ImageParam x = arguments.operand(0, channelView(spec.inputs[0]));
  const std::array<ImageParam, 4> parameters = normalisation(arguments, spec.inputs[0].shape[0]);

  // THE ALGORITHM
  Func y("y");
  std::vector<Var> position = makeVariables(2);
  Var c = position[0], pixel = position[1];
  y(c, pixel) = normalise(x(c, pixel), parameters, c);

  // THE SCHEDULE
  scheduleLoops(y, position, outputView, schedule);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerBinary(const KernelSpec &spec, const LoopSchedule &schedule) {
  const TensorType &left = spec.inputs[0], &right = spec.inputs[1], &output = spec.outputs[0];
  auto view = left == output && right == output ? lineView : logicalView;
  std::vector<Dimension> outputView = view(output);
  Arguments arguments;
  ImageParam a = arguments.operand(0, view(left)), b = arguments.operand(1, view(right));

  // THE ALGORITHM
  Func y("y");
  std::vector<Var> position = makeVariables(outputView.size());
  Expr x0, x1;
  if (outputView.size() == 1 && output.shape.size() > 1) {
    x0 = a(position[0]);
    x1 = b(position[0]);
  } else {
    x0 = stretched(a, left, position);
    x1 = stretched(b, right, position);
  }
  y(position) = apply(std::get<Binary>(spec.op), x0, x1);

  // THE SCHEDULE
  scheduleLoops(y, position, outputView, schedule);
  arguments.result(y, outputView);
  return arguments.take();
}

} // namespace ninc

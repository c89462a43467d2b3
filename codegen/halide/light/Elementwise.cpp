// Ops whose output element depends on the same element of their operands: activations, batch normalisation,
// sums and products with broadcasting, chains of these.
//
// They may run in place (passes/MemoryPlan.h): operand and output may be one memory. Halide takes buffers
// to be distinct, which does no harm as long as an element is stored by the very iteration that loads it and
// no other one reads it, as scheduleElements promises.
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Elements.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::Var;

namespace {

// Coordinates in which the elements that belong together have the same place, the fewest that do.
enum class Coordinates {
  line,     // all elements alike, and as they are kept
  channels, // (channel, pixel): layouts differ, or channels do
  logical,  // extents of 1 stretch
};

Coordinates coordinatesOf(const KernelSpec &spec) {
  const TensorType &output = spec.outputs[0];
  bool alike = isUniform(spec.op) && spec.constants.empty(), sameShapes = true;
  for (const TensorType &input : spec.inputs) {
    alike =
        alike && input.shape == output.shape && input.layout == output.layout && !isAsApplicationsHave(input);
    sameShapes = sameShapes && input.shape == output.shape;
  }
  return alike ? Coordinates::line : sameShapes ? Coordinates::channels : Coordinates::logical;
}

std::vector<Dimension> viewOf(const TensorType &type, Coordinates coordinates, const KernelSpec &spec) {
  switch (coordinates) {
  case Coordinates::line:
    return lineView(type, spec);
  case Coordinates::channels:
    return channelView(type, spec);
  case Coordinates::logical:
    return logicalView(type, spec);
  }
  return {};
}

// Where an operand's element for the output's element is.
std::vector<Expr> stretched(const TensorType &operand, const std::vector<Var> &position) {
  std::vector<Expr> place = expressions(position);
  for (std::size_t i = 0; i < operand.shape.size(); ++i)
    if (operand.shape[i] == 1) place[i] = 0;
  return place;
}

// THE ALGORITHM
LightKernel defineElementwise(const KernelSpec &spec) {
  const Coordinates coordinates = coordinatesOf(spec);
  Arguments arguments(spec);
  std::vector<Dimension> view = viewOf(spec.outputs[0], coordinates, spec);
  const std::vector<Var> position = makeVariables(view.size());
  std::vector<Expr> elements; // of the operands
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const TensorType &type = spec.inputs[i];
    Func x = readOperand(arguments, spec, i, viewOf(type, coordinates, spec));
    elements.push_back(
        x(coordinates == Coordinates::logical ? stretched(type, position) : expressions(position)));
  }
  const ElementFunction element = elementFunction(spec, arguments);
  Func y("y");
  y(position) = toResult(element(elements, position[0]), spec);
  return {std::move(arguments), y, position, std::move(view)};
}

} // namespace

KernelPipeline buildElementwise(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(defineElementwise(spec), schedule);
}

} // namespace ninc

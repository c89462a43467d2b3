// Elements with others around them.
#include <algorithm>

#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::Var;

namespace {

// Which of `extent` elements stands at `place`, and in a filled border the nearest one.
Expr sourceOf(PadMode mode, const Expr &place, int extent) {
  const int last = extent - 1;
  switch (mode) {
  case PadMode::reflect:
    return Halide::select(place<0, -place, place> last, 2 * last - place, place);
  case PadMode::wrap:
    return Halide::select(place<0, place + extent, place> last, place - extent, place);
  default:
    return Halide::clamp(place, 0, last);
  }
}

// THE ALGORITHM: each element asks which one of the operand it is.
LightKernel definePad(const KernelSpec &spec) {
  const auto &pad = std::get<Pad>(spec.op);
  const Shape &shape = spec.inputs[0].shape;
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y");
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // the image last, on a device
  std::vector<Expr> source = expressions(position);
  Expr isInside = Halide::Internal::const_true();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const auto [before, behind] = bordersOf(pad, d);
    if (before == 0 && behind == 0) continue;
    const Expr place = position[d] - toInt(before);
    isInside = isInside && place >= 0 && place < toInt(shape[d]);
    // The clamp says the bounds; it is none where the place is in them already.
    source[d] = Halide::clamp(sourceOf(pad.mode, place, toInt(shape[d])), 0, toInt(shape[d]) - 1);
  }
  const Expr element = x(source);
  y(position) =
      toResult(pad.mode == PadMode::fill ? Halide::select(isInside, element, pad.fill) : element, spec);
  return {std::move(arguments), y, position, std::move(view)};
}

} // namespace

KernelPipeline buildPad(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(definePad(spec), schedule);
}

} // namespace ninc

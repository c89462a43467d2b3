// Pooling: windows over each map.
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::Var;

namespace {

// THE ALGORITHM
LightKernel definePool(const KernelSpec &spec) {
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("pooled");
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // channel, row, column; the image on a device
  PooledMaps maps = definePooling(poolingOf(spec.op), spec.inputs[0].shape, spec.outputs[0].shape, position,
                                  [&](const Expr &c, const Expr &row, const Expr &column) {
                                    return x(placeOf({c, row, column}, position, 3));
                                  });
  y(position) = toResult(maps.element, spec);
  return {std::move(arguments), y, position, std::move(view), {{maps.folded, {maps.tap.x, maps.tap.y}}}};
}

} // namespace

KernelPipeline buildPool(const KernelSpec &spec, const Schedule &schedule) {
  return scheduleElements(definePool(spec), schedule);
}

} // namespace ninc

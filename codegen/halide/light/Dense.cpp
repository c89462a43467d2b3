// A dense layer: for one image a matrix-vector product. Every weight is used once, so the speed is that of
// reading them.
#include <functional>

#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::TailStrategy;
using Halide::Var;

namespace {

// Weight of an input for an output.
using WeightOf = std::function<Expr(const Expr &output, const Expr &input)>;

// How weights lie (PackWeights.cpp): on a CPU in panels of outputs, each a run of memory read from front to
// back; on a device as [input][output], outputs padded.
struct DenseWeights {
  WeightOf of;
  ImageParam bias;
};
DenseWeights panels(const KernelSpec &spec, Arguments &arguments, std::int64_t panel) {
  const std::int64_t inputs = spec.inputs[0].shape[0],
                     panels = divideUp(std::get<Dense>(spec.op).outFeatures, panel);
  Func weights =
      readWeights(arguments, spec, 0, {{0, panel, 1}, {0, inputs, panel}, {0, panels, panel * inputs}});
  return {[weights, width = toInt(panel)](const Expr &o, const Expr &i) -> Expr {
            return weights(o % width, i, o / width);
          },
          arguments.weights(1, {{0, panels * panel, 1}})};
}
DenseWeights rows(const KernelSpec &spec, Arguments &arguments) {
  const std::int64_t inputs = spec.inputs[0].shape[0],
                     padded = roundUp(std::get<Dense>(spec.op).outFeatures, gpuChannelPadding);
  Func weights = readWeights(arguments, spec, 0, {{0, padded, 1}, {0, inputs, padded}});
  // The last outputs of a block may be none.
  return {[weights, last = toInt(padded - 1)](const Expr &o, const Expr &i) -> Expr {
            return weights(Halide::min(o, last), i);
          },
          arguments.weights(1, {{0, padded, 1}})};
}

// THE ALGORITHM. `panel`: outputs of a panel on a CPU.
LightKernel defineDense(const KernelSpec &spec, std::int64_t panel, const Folder &fold) {
  const auto &dense = std::get<Dense>(spec.op);
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, lineOfEach(spec.inputs[0], spec)), y("y");
  const DenseWeights weights = spec.isOnDevice() ? rows(spec, arguments) : panels(spec, arguments, panel);
  std::vector<Dimension> view = lineOfEach(spec.outputs[0], spec);
  std::vector<Var> position{Var("o")};
  if (spec.isOnDevice()) position.emplace_back("n");
  Func sum = fold({"sum", FoldKind::sum, position, toInt(spec.inputs[0].shape[0]), weights.bias(position[0]),
                   [&](const Expr &i) { return weights.of(position[0], i) * x(placeOf({i}, position, 1)); }});
  y(position) = toResult(activate(dense.activation, sum(expressions(position))), spec);
  return {std::move(arguments), y, position, std::move(view)};
}

// THE SCHEDULE on a CPU: a panel's sums stay in registers.
void schedulePanels(const LightKernel &kernel, const Reduction &folded, const DenseSchedule &schedule) {
  Func y = kernel.result, sum = folded.func;
  const Var o = kernel.position[0];
  const int width = schedule.panel();
  Var panel("panel"), inPanel("inPanel"), vectors("vectors"), lanes("lanes");
  y.split(o, panel, inPanel, width, TailStrategy::GuardWithIf)
      .split(inPanel, vectors, lanes, schedule.vector)
      .vectorize(lanes)
      .unroll(vectors)
      .never_partition_all();
  if (schedule.parallel) y.parallel(panel);
  sum.compute_at(y, panel).store_in(Halide::MemoryType::Register).bound_extent(o, width);
  Var sumVectors("sumVectors"), sumLanes("sumLanes");
  sum.split(o, sumVectors, sumLanes, schedule.vector)
      .vectorize(sumLanes)
      .unroll(sumVectors)
      .never_partition_all();
  sum.update()
      .split(o, sumVectors, sumLanes, schedule.vector)
      .reorder(sumLanes, sumVectors, folded.over[0])
      .vectorize(sumLanes)
      .unroll(sumVectors)
      .never_partition_all();
}

} // namespace

KernelPipeline buildDense(const KernelSpec &spec, const Schedule &schedule) {
  if (spec.isOnDevice()) { // THE SCHEDULE: threads share an output's sum
    const auto &shared = std::get<GpuReductionSchedule>(schedule.choice);
    SlicedFold sum;
    LightKernel kernel = defineDense(spec, 0, foldingInSlices(shared.slices, sum));
    scheduleSlicedFold(sum, kernel.result, kernel.position[0], kernel.position[1], kernel.view[0].extent,
                       spec.images, shared);
    return finish(std::move(kernel));
  }
  const auto &panels = std::get<DenseSchedule>(schedule.choice);
  std::vector<Reduction> reductions;
  LightKernel kernel = defineDense(spec, panels.panel(), foldingInLoops(reductions));
  schedulePanels(kernel, reductions[0], panels);
  return finish(std::move(kernel));
}

} // namespace ninc

// Local response normalisation across channels.
#include <algorithm>

#include "codegen/halide/cpu/Loops.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/LocalResponse.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::MemoryType;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Tuple;
using Halide::Var;

namespace {

struct ResponseKernel {
  LightKernel kernel;
  Func squares; // of (channel, pixel), and the image on a device; inlined unless it is scheduled
  int channels, before, after; // the window, clipped to the channels
};

// THE ALGORITHM
ResponseKernel defineResponses(const KernelSpec &spec) {
  const auto &lrn = std::get<Lrn>(spec.op);
  const int channels = toInt(spec.inputs[0].shape[0]);
  // A window wider than the maps on both sides sums all of them: no need to walk further.
  const auto before = toInt(std::min<std::int64_t>((lrn.size - 1) / 2, channels - 1));
  const auto after = toInt(std::min<std::int64_t>(lrn.size / 2, channels - 1));
  Arguments arguments(spec);
  Func x = readOperand(arguments, spec, 0, channelView(spec.inputs[0], spec));
  std::vector<Dimension> view = channelView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size());
  const std::vector<Expr> place = expressions(position);

  Func squares("squares"), sum("sum"), y("y");
  RDom window(-before, before + after + 1, "window");
  Halide::Region bounds(view.size());
  bounds[0] = {0, channels};
  Func exterior = Halide::BoundaryConditions::constant_exterior(x, 0.0f, bounds);
  const LocalResponse response(lrn, before + after + 1);
  squares(position) = response.squares(exterior(place));
  const std::vector<Expr> neighbour = placeOf({position[0] + window}, position, 1);
  sum(position) = Tuple(0.0f, 0.0f);
  sum(position) = Tuple(sum(place)[0] + squares(neighbour)[0], sum(place)[1] + squares(neighbour)[1]);
  y(position) = toResult(response.normalise(x(place), sum(place)), spec);
  return {{std::move(arguments), y, position, std::move(view), {{sum, {window.x}}}},
          squares,
          channels,
          before,
          after};
}

// THE SCHEDULE on a CPU. Where channels are neighbours and few enough for the first cache, a pixel's squares
// are kept, with zeros for the channels that don't exist.
KernelPipeline scheduleInTasks(ResponseKernel responses, const LoopSchedule &schedule) {
  auto &[kernel, squares, channels, before, after] = responses;
  const LoopNest loops = scheduleLoops(kernel.result, kernel.position, kernel.view, schedule);
  const std::size_t neighbours = neighbourDimension(kernel.view);
  computePerVector(kernel.reductions[0], kernel.result, loops.vectors, kernel.position[neighbours]);
  constexpr int mostSquares = 4096;
  const bool keepsSquares = neighbours == 0 && channels + before + after <= mostSquares;
  if (keepsSquares)
    squares.compute_at(kernel.result, loops.around)
        .store_in(MemoryType::Heap)
        .vectorize(kernel.position[0], schedule.vector, TailStrategy::GuardWithIf);
  KernelPipeline pipeline = finish(std::move(kernel));
  if (keepsSquares)
    pipeline.scratchBytesPerThread =
        squares.outputs() * pieceBytes(std::int64_t{roundUp(channels, schedule.vector)} + before + after, 1);
  return pipeline;
}

} // namespace

KernelPipeline buildLrn(const KernelSpec &spec, const Schedule &schedule) {
  ResponseKernel responses = defineResponses(spec);
  if (spec.isOnDevice()) return scheduleElements(std::move(responses.kernel), schedule);
  return scheduleInTasks(std::move(responses), std::get<LoopSchedule>(schedule.choice));
}

} // namespace ninc

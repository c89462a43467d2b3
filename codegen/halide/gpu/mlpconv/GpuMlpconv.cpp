// A fused mlpconv on a device. A block takes a tile of pixels through all convolutions: the patch of the
// input with its border, then each map, lie in shared memory, where the next convolution reads them; only the
// last map leaves. A thread sums a register tile of channels x pixels over the whole reduction; weights come
// from global memory in the order [reduction][channel].
//
// Without an epilogue or with a pool, that is one launch. Means are summed by tile; where one tile is all of
// a map the block goes on to the mean and the softmax, else a second launch adds up what the tiles have left.
// Where the schedule stores maps, a launch ends with each of these, and the next reads them from memory.
#include "codegen/halide/gpu/mlpconv/GpuMlpconv.h"

#include "codegen/halide/gpu/mlpconv/GpuMlpconvFunctions.h"

namespace ninc {

namespace {

void nameStoredMaps(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  for (const GpuStretch &stretch : plan.stretches) {
    if (!stretch.storesMaps) continue;
    const Halide::Func &map = a.convolutions[stretch.last()].map;
    const std::int64_t maps = g.maps(stretch.last());
    if (plan.isResult(stretch.last()))
      arguments.result(map, plan.mapsView(plan.spec.outputs[plan.resultOfMaps()]), plan.resultOfMaps());
    else
      arguments.scratch(map, {{0, maps, 1},
                              {0, g.columns, maps},
                              {0, g.rows, maps * g.columns},
                              {0, g.images, maps * g.columns * g.rows}});
  }
}

void nameEnds(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  if (g.pool()) arguments.result(a.result, logicalView(plan.spec.outputs[0], plan.spec));
  if (!g.gap()) return;
  const std::int64_t maps = plan.lastMaps(), across = plan.tilesAcross();
  const std::vector<Dimension> means{{0, maps, 1}, {0, g.images, maps}};
  if (plan.storesMeans()) arguments.scratch(a.mean, means);
  if (plan.hasSoftmax())
    arguments.result(a.result, {{0, maps, 1}, {0, 1, maps}, {0, g.images, maps}});
  else
    arguments.result(a.result, means);
  if (plan.sumsTiles() && !plan.isOneTile())
    arguments.scratch(a.sumsOfTiles, {{0, maps, 1},
                                      {0, g.images, maps},
                                      {0, across, maps * g.images},
                                      {0, plan.tilesDown(), maps * g.images * across}});
}

} // namespace

KernelPipeline buildGpuMlpconv(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  const GpuMlpconvPlan plan(spec, schedule);
  Arguments arguments(spec);
  GpuMlpconvAlgorithm a = defineGpuMlpconv(plan, arguments);
  scheduleGpuMlpconv(plan, a);
  nameStoredMaps(plan, a, arguments);
  nameEnds(plan, a, arguments);
  return arguments.take();
}

} // namespace ninc

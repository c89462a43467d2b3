// A k x k convolution and n-1 1 x 1 convolutions, each with bias and activation, evaluated block of pixels by
// block of pixels, so that the inner maps never exist whole.
//
// Pixels are numbered p = y * columns + x through all rows. The input comes channels innermost with its
// border already around it, so a row of the window is one contiguous stretch: taps times channels is a single
// reduction, whether the input has 3 channels or 300. Weights come in panels [panel][reduction][channel],
// read front to back. A tile (a panel of channels by a few pixels) accumulates in registers over the whole
// reduction: for each step, v weight vectors times t broadcast inputs.
//
// The last block is a whole one too: its surplus pixels repeat the last pixel, and only the store is guarded.

#include "codegen/halide/cpu/mlpconv/Mlpconv.h"

#include <algorithm>

#include "codegen/halide/cpu/Prefetch.h"
#include "codegen/halide/cpu/mlpconv/MlpconvSizes.h"

namespace ninc {

namespace {

std::int64_t bytesPerThread(const MlpconvPlan &plan) {
  std::size_t last = plan.last();
  std::int64_t products =
      plan.winograd ? pieceBytes(plan.panel(0) * plan.winograd->frequencies(), plan.schedule.groupTiles) : 0;
  std::int64_t blocks = 0;
  for (std::size_t i = 0; i < last; ++i)
    if (!plan.isWhole(i)) blocks += pieceBytes(plan.paddedMaps(i), plan.block());
  if (plan.geometry.pool()) blocks += pieceBytes(plan.paddedMaps(last), plan.block());
  if (plan.geometry.accumulatesMean()) blocks += pieceBytes(plan.panel(last), plan.block());
  std::int64_t means = 0;
  if (const GapEpilogue *gap = plan.geometry.gap()) // totals, means and exponentials of an image
    means = (gap->softmax ? 3 : 2) * pieceBytes(plan.meanWidth(), 1);
  return std::max({products, blocks, means}); // one after the other
}

// Whole layers read each weight once, from beyond the caches.
std::set<std::string> streamedWeights(const MlpconvPlan &plan, const MlpconvAlgorithm &a) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < plan.layers(); ++i)
    if (plan.isWhole(i)) names.insert(a.convolutions[i].weights.name());
  return names;
}

void nameResults(const MlpconvPlan &plan, const MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  const KernelSpec &spec = plan.spec;
  if (g.pool()) {
    arguments.result(a.output, logicalView(spec.outputs[0]));
    return;
  }
  // Rows of maps, and images of maps in hwc, follow one another without gap, so pixels can be numbered
  // through.
  if (g.gap()) {
    std::vector<Dimension> means = lineView(spec.outputs[0]);
    means.push_back({0, g.images, g.maps(plan.last())});
    arguments.result(a.output, std::move(means));
  }
  const std::size_t index = g.gap() ? 1 : 0;
  if (!g.accumulatesMean()) {
    std::vector<Dimension> maps = channelView(spec.outputs[index]);
    maps[1].extent = g.allPixels();
    arguments.result(a.convolutions.back().map, std::move(maps), index);
  }
}

void nameScratch(const MlpconvPlan &plan, const MlpconvAlgorithm &a, Arguments &arguments) {
  const MlpconvGeometry &g = plan.geometry;
  if (plan.copiesInput) {
    const std::int64_t row = std::int64_t{plan.paddedWidth()} * plan.paddedChannels(),
                       rows = plan.paddedHeight();
    arguments.scratch(a.padded, {{0, row, 1}, {0, rows, row}, {0, g.images, rows * row}});
  }
  if (plan.winograd) {
    const WinogradGeometry &w = *plan.winograd;
    const std::int64_t tiles = roundUp(w.tiles(), std::int64_t{plan.schedule.groupTiles});
    const std::int64_t columns = w.columns.frequencies(), chunk = plan.chunk(), matrix = tiles * w.channels;
    arguments.scratch(a.winograd.input, {{0, chunk, 1},
                                         {0, tiles, chunk},
                                         {0, plan.chunks(), chunk * tiles},
                                         {0, columns, matrix},
                                         {0, w.rows.frequencies(), columns * matrix}});
  }
  for (std::size_t i = 0; i < plan.last(); ++i)
    if (plan.isWhole(i))
      arguments.scratch(a.convolutions[i].map,
                        {{0, plan.paddedMaps(i), 1}, {0, plan.wholePixels(), plan.paddedMaps(i)}});
  if (a.totalOfBlock.defined()) {
    const std::int64_t channels = plan.paddedMaps(plan.last());
    arguments.scratch(a.totalOfBlock,
                      {{0, channels, 1}, {0, g.images, channels}, {0, plan.blocks(), channels * g.images}});
  }
}

} // namespace

KernelPipeline buildMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule) {
  const MlpconvPlan plan(spec, schedule);
  Arguments arguments(spec);
  MlpconvAlgorithm a = defineMlpconv(plan, arguments);
  scheduleMlpconv(plan, a);
  nameResults(plan, a, arguments);
  nameScratch(plan, a, arguments);
  KernelPipeline kernel = arguments.take();
  kernel.scratchBytesPerThread = bytesPerThread(plan);
  prefetchStreams(kernel.pipeline, streamedWeights(plan, a), schedule.prefetchBytes);
  return kernel;
}

} // namespace ninc

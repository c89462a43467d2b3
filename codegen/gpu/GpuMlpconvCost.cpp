#include "codegen/gpu/GpuMlpconvCost.h"

#include <algorithm>
#include <cmath>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

std::int64_t reach(std::int64_t outputs, const Window &window, std::size_t axis) {
  return (outputs - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

std::int64_t storedBytes(const KernelSpec &spec) {
  return static_cast<std::int64_t>(bytesOf(spec.gpu->storage));
}

// Clocks that a multiprocessor is busy with one block, if it has enough threads to switch between.
double clocksOfBlock(const KernelSpec &spec, const MlpconvGeometry &g, const GpuMlpconvSchedule &s) {
  constexpr double warp = 32, requestBytes = 128;
  const GpuTile tile(g, s);
  const double tilesOfThreads =
      static_cast<double>(divideUp(tile.columns, s.threadPixels) * tile.rows); // register tiles along pixels
  double clocks = 0;
  for (std::size_t i = 0; i < g.layers.size(); ++i) {
    const bool last = i + 1 == g.layers.size();
    const std::int64_t channels = last ? divideUp(g.maps(i), s.slices) : g.maps(i);
    const double tilesOfChannels = static_cast<double>(divideUp(channels, s.threadChannels));
    // A group of 32 threads has neighbouring channels; where there are fewer, it has several rows of pixels.
    const double along = std::min<double>(s.channelThreads, tilesOfChannels);
    const double rounds = std::ceil(tilesOfChannels / s.channelThreads);
    const double threads = std::ceil(along * tilesOfThreads / warp) * warp;
    const double groups = rounds * threads / warp;
    const double sums = s.threadChannels * s.threadPixels * warp / spec.gpu->lanes;
    // Threads with more than four channels read every other four at a time.
    const double reach = s.threadChannels > 4 ? 2 : 1;
    const double weights =
        reach * s.threadChannels * static_cast<double>(storedBytes(spec)) * warp / requestBytes;
    const bool fromShared = i > 0 || s.stagesInput;
    const double unrolled = std::max(1, s.unroll);
    const double inputs = s.threadPixels * (fromShared ? 1 / std::min(4.0, unrolled) : 2.0);
    const double overhead = 4 / unrolled;
    clocks += groups * static_cast<double>(g.reduction(i)) * std::max(sums + overhead, weights + inputs);
  }
  if (s.stagesInput) clocks += static_cast<double>(tile.patchPixels() * g.channels) / warp * 2;
  return clocks;
}

// Clocks in which one multiprocessor gets a block's weights from L2.
double clocksOfWeights(const KernelSpec &spec, const MlpconvGeometry &g, const GpuMlpconvSchedule &s) {
  constexpr double bytesOfClock = 32;
  double bytes = 0;
  for (std::size_t i = 0; i < g.layers.size(); ++i) {
    const double slices = i + 1 == g.layers.size() ? s.slices : 1;
    bytes += static_cast<double>(g.reduction(i) * g.maps(i) * storedBytes(spec)) / slices;
  }
  return bytes / bytesOfClock;
}

} // namespace

GpuTile::GpuTile(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule)
    : columns(schedule.blockColumns), rows(schedule.blockRows) {
  if (const PoolEpilogue *pool = geometry.pool()) {
    columns = reach(columns, pool->window, 1);
    rows = reach(rows, pool->window, 0);
  }
  patchColumns = reach(columns, geometry.layers[0].window, 1);
  patchRows = reach(rows, geometry.layers[0].window, 0);
}

std::int64_t tilesOfImage(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  return divideUp(geometry.pooledColumns, schedule.blockColumns) *
         divideUp(geometry.pooledRows, schedule.blockRows);
}

std::int64_t threadsOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  const GpuTile tile(geometry, schedule);
  // A block that goes on to the mean has as many threads as that needs.
  const bool endsInMean = geometry.accumulatesMean() && tilesOfImage(geometry, schedule) == 1;
  const std::int64_t along = std::max(schedule.channelThreads, endsInMean ? gpuThreadsOfMean : 1);
  return along * divideUp(tile.columns, schedule.threadPixels) * tile.rows;
}

std::int64_t sliceChannels(std::int64_t maps, const GpuMlpconvSchedule &schedule) {
  return roundUp(divideUp(maps, std::int64_t{schedule.slices}), std::int64_t{schedule.threadChannels});
}

std::int64_t sharedBytesOf(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  const MlpconvGeometry g(spec);
  const GpuTile tile(g, schedule);
  // Bytes in shared memory, one map after the other; each lives until the next is done.
  std::vector<std::int64_t> pieces;
  if (schedule.stagesInput)
    pieces.push_back(tile.patchPixels() * g.channels *
                     static_cast<std::int64_t>(bytesOf(spec.inputs[0].element)));
  for (std::size_t i = 0; i < g.layers.size(); ++i)
    if (i + 1 < g.layers.size() || g.pool() || g.accumulatesMean())
      pieces.push_back(tile.pixels() * roundUp(g.maps(i), std::int64_t{schedule.threadChannels}) *
                       storedBytes(spec));
  if (g.accumulatesMean() &&
      tilesOfImage(g, schedule) == 1) // the block's sums, and the mean that softmax reads
    pieces.push_back(2 * g.maps(g.layers.size() - 1) * static_cast<std::int64_t>(sizeof(float)));
  std::int64_t most = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    most = std::max(most, pieces[i] + (i > 0 ? pieces[i - 1] : 0));
  return most;
}

double predictClocks(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  const MlpconvGeometry g(spec);
  const GpuTarget &gpu = *spec.gpu;
  const std::int64_t threads = roundUp(threadsOf(g, schedule), 32);
  // A thread's registers: its sums, what they are made of, addresses.
  const std::int64_t registers =
      schedule.threadChannels * schedule.threadPixels + schedule.threadChannels + schedule.threadPixels + 20;
  constexpr std::int64_t registersOfUnit = 64 << 10, mostBlocks = 16;
  const std::int64_t resident = std::clamp<std::int64_t>(
      std::min({gpu.unitThreads / threads, registersOfUnit / (threads * registers),
                gpu.unitSharedBytes / std::max<std::int64_t>(1, sharedBytesOf(spec, schedule))}),
      1, mostBlocks);
  const std::int64_t blocks = tilesOfImage(g, schedule) * g.images * schedule.slices;
  const double atOnce = static_cast<double>(std::min(divideUp(blocks, std::int64_t{gpu.units}), resident));
  const double rounds = std::ceil(static_cast<double>(blocks) / (static_cast<double>(gpu.units) * atOnce));
  // A group of 32 threads has its next sum ready some 4 to 8 clocks later, and its next load some 30: eight
  // groups hide both.
  constexpr double groupsThatHide = 8;
  const std::int64_t along = std::min<std::int64_t>(
      schedule.channelThreads, divideUp(g.mostMaps(), std::int64_t{schedule.threadChannels}));
  const GpuTile tile(g, schedule);
  const double working = static_cast<double>(along * (tile.columns / schedule.threadPixels) * tile.rows);
  const double busy = std::min(1.0, atOnce * working / 32 / groupsThatHide);
  const double block = std::max(clocksOfBlock(spec, g, schedule) / busy, clocksOfWeights(spec, g, schedule));
  // What ends equally soon but keeps fewer multiprocessors busy is better, if only for the others.
  constexpr double shareOfAll = 0.05;
  return rounds * atOnce * block +
         shareOfAll * static_cast<double>(blocks) * block / static_cast<double>(gpu.units);
}

} // namespace ninc

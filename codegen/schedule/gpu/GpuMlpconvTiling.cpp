#include "codegen/schedule/gpu/GpuMlpconvTiling.h"

#include <algorithm>
#include <numeric>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

std::int64_t reach(std::int64_t outputs, const Window &window, std::size_t axis) {
  return (outputs - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1;
}

bool storesLast(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  return schedule.stores(geometry.layers.size() - 1);
}

// A block's sums, the means that softmax reads, and what softmax itself needs.
std::int64_t bytesOfMeans(const MlpconvGeometry &geometry) {
  constexpr std::int64_t others = 1024;
  return 2 * roundUp(geometry.maps(geometry.layers.size() - 1) * std::int64_t{sizeof(float)},
                     gpuSharedPiece) +
         others;
}

// Of the input a block stores what is kept; of an application's the numbers that it means.
ElementType elementOfPatch(const TensorType &input) {
  return isAsApplicationsHave(input) ? ElementType::f32 : input.element;
}

std::int64_t bytesOfStored(const GpuExtents &extents, ElementType element) {
  const auto [channels, columns, rows] = storedExtents(extents, element);
  return channels * columns * rows * static_cast<std::int64_t>(bytesOf(element));
}

std::int64_t sliceChannels(std::int64_t maps, std::int64_t slices, const GpuMlpconvSchedule &schedule) {
  return roundUp(divideUp(maps, slices), std::int64_t{schedule.threadChannels});
}

} // namespace

std::vector<GpuStretch> stretchesOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  std::vector<GpuStretch> stretches;
  const std::size_t all = geometry.layers.size();
  std::size_t begin = 0;
  for (std::size_t i = 0; i + 1 < all; ++i)
    if (schedule.stores(i)) {
      stretches.push_back({begin, i + 1, true});
      begin = i + 1;
    }
  stretches.push_back({begin, all, !poolsTiles(geometry, schedule) && !sumsTiles(geometry, schedule)});
  return stretches;
}

bool poolsTiles(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  return geometry.pool() && !storesLast(geometry, schedule);
}

bool sumsTiles(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  return geometry.accumulatesMean() && !storesLast(geometry, schedule);
}

GpuTiledPixels::GpuTiledPixels(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule)
    : columns(geometry.columns), rows(geometry.rows) {
  if (poolsTiles(geometry, schedule)) columns = geometry.pooledColumns, rows = geometry.pooledRows;
}

GpuTile::GpuTile(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule)
    : columns(schedule.blockColumns), rows(schedule.blockRows) {
  if (poolsTiles(geometry, schedule)) {
    columns = reach(columns, geometry.pool()->window, 1);
    rows = reach(rows, geometry.pool()->window, 0);
  }
  patchColumns = reach(columns, geometry.layers[0].window, 1);
  patchRows = reach(rows, geometry.layers[0].window, 0);
}

bool meansFitBlock(const MlpconvGeometry &geometry, const GpuTarget &gpu) {
  return bytesOfMeans(geometry) <= gpu.sharedBytes;
}

std::int64_t tilesOfImage(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule,
                          const GpuStretch &stretch) {
  if (stretch.storesMaps) {
    const GpuTile tile(geometry, schedule);
    return divideUp(geometry.columns, tile.columns) * divideUp(geometry.rows, tile.rows);
  }
  const GpuTiledPixels tiled(geometry, schedule);
  return divideUp(tiled.columns, std::int64_t{schedule.blockColumns}) *
         divideUp(tiled.rows, std::int64_t{schedule.blockRows});
}

std::int64_t threadsOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule) {
  const GpuTile tile(geometry, schedule);
  // A block that goes on to the mean has as many threads as that needs.
  const bool endsInMean = sumsTiles(geometry, schedule) &&
                          tilesOfImage(geometry, schedule, stretchesOf(geometry, schedule).back()) == 1;
  const std::int64_t along = std::max(schedule.channelThreads, endsInMean ? gpuThreadsOfMean : 1);
  return along * divideUp(tile.columns, std::int64_t{schedule.threadPixels}) * tile.rows;
}

std::int64_t slicesOf(std::int64_t maps, const GpuMlpconvSchedule &schedule) {
  std::int64_t slices = schedule.slices;
  while (slices > 1 && sliceChannels(maps, slices, schedule) * slices > roundUp(maps, gpuChannelPadding))
    --slices;
  return slices;
}

std::int64_t sliceChannels(std::int64_t maps, const GpuMlpconvSchedule &schedule) {
  return sliceChannels(maps, slicesOf(maps, schedule), schedule);
}

GpuExtents storedExtents(const GpuExtents &extents, ElementType element) {
  const std::int64_t piece = gpuSharedPiece / static_cast<std::int64_t>(bytesOf(element));
  const auto elements = [](const GpuExtents &e) { return e[0] * e[1] * e[2]; };
  GpuExtents best{};
  for (std::size_t i = 0; i < extents.size(); ++i) {
    GpuExtents grown = extents;
    grown[i] = roundUp(extents[i], piece / std::gcd(piece, elements(extents) / extents[i]));
    if (i == 0 || elements(grown) <= elements(best)) best = grown; // rather rows than channels
  }
  return best;
}

std::int64_t sharedBytesOf(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule,
                           const GpuStretch &stretch) {
  const auto &[spec, g] = problem;
  const GpuTile tile(g, schedule);
  // Bytes in shared memory, one map after the other; each lives until the next is done.
  std::vector<std::int64_t> pieces;
  if (stretch.begin == 0 && schedule.stagesInput)
    pieces.push_back(
        bytesOfStored({g.channels, tile.patchColumns, tile.patchRows}, elementOfPatch(spec.inputs[0])));
  for (std::size_t i = stretch.begin; i < stretch.end; ++i)
    if (i < stretch.last() || !stretch.storesMaps)
      pieces.push_back(
          bytesOfStored({roundUp(g.maps(i), std::int64_t{schedule.threadChannels}), tile.columns, tile.rows},
                        spec.device().storage));
  if (!stretch.storesMaps && sumsTiles(g, schedule) && tilesOfImage(g, schedule, stretch) == 1)
    pieces.push_back(bytesOfMeans(g));
  std::int64_t most = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i)
    most = std::max(most, pieces[i] + (i > 0 ? pieces[i - 1] : 0));
  return most;
}

std::int64_t sharedBytesOf(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule) {
  std::int64_t most = 0;
  for (const GpuStretch &stretch : stretchesOf(problem.geometry, schedule))
    most = std::max(most, sharedBytesOf(problem, schedule, stretch));
  return most;
}

} // namespace ninc

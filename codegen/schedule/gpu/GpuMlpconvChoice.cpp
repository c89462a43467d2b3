// The search for a default: blocks, register tiles, threads and slices one within the other, each combination
// that is legal priced by the cost model. What can't be legal whatever the inner loops choose is left out by
// the outer ones.
#include "codegen/schedule/gpu/GpuMlpconvChoice.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

// What a block's tile may be along an axis: sizes that waste little of the last tile.
std::vector<int> tileExtents(std::int64_t extent, int most) {
  std::vector<int> extents;
  for (int size = 1; size <= std::min<std::int64_t>(most, extent); ++size) {
    const std::int64_t covered = roundUp(extent, size);
    if (size == 1 || static_cast<double>(covered) <= 1.15 * static_cast<double>(extent) ||
        std::has_single_bit(static_cast<unsigned>(size)))
      extents.push_back(size);
  }
  return extents;
}

// What is computed along a block's rows: a register tile doesn't reach beyond it.
std::vector<int> threadPixelsFor(const MlpconvGeometry &geometry, GpuMlpconvSchedule schedule) {
  std::vector<int> sizes;
  const std::int64_t columns = GpuTile(geometry, schedule).columns;
  for (int size = 1; size <= std::min<std::int64_t>(columns, mostGpuThreadPixels); ++size)
    if (columns % size == 0) sizes.push_back(size);
  return sizes;
}

class Chooser {
public:
  explicit Chooser(const MlpconvProblem &problem) : problem_(problem), geometry_(problem.geometry) {}

  GpuMlpconvChoice best() {
    for (const std::vector<int> &stored : gpuStoredMaps(geometry_)) {
      considerTiles(stored);
      if (best_) break;
    }
    return {best_.value(), leastClocks_}; // with all maps stored, a block of few threads is always legal
  }

private:
  void considerTiles(const std::vector<int> &stored) {
    constexpr int mostColumns = 32, mostRows = 8;
    const GpuTiledPixels tiled(geometry_, {.storedMaps = stored});
    for (const int columns : tileExtents(tiled.columns, mostColumns))
      for (const int rows : tileExtents(tiled.rows, mostRows))
        for (const bool staged : {true, false})
          considerTile({.blockColumns = columns,
                        .blockRows = rows,
                        .threadChannels = 1,
                        .stagesInput = staged,
                        .storedMaps = stored});
  }

  void considerTile(GpuMlpconvSchedule schedule) {
    if (sharedBytesOf(problem_, schedule) > problem_.spec.device().sharedBytes) return;
    for (const int pixels : threadPixelsFor(geometry_, schedule))
      for (const int channels : {1, 2, 4, 8}) {
        schedule.threadPixels = pixels, schedule.threadChannels = channels;
        if (pixels * channels > mostGpuSums) continue;
        for (const int threads : {8, 16, 32, 48, 64, 96, 128, 256}) {
          schedule.channelThreads = threads;
          if (threads > 8 && threads / 2 * channels >= geometry_.mostMaps()) continue;
          considerSlices(schedule);
        }
      }
  }

  void considerSlices(GpuMlpconvSchedule schedule) {
    const std::int64_t most = mostSlices(schedule);
    for (const int slices : {1, 2, 4, 8, 16}) {
      if (slices > most) break;
      schedule.slices = slices;
      consider(schedule);
    }
  }

  // Channels of single convolutions are divided freely; where maps before would be computed again, they
  // aren't.
  std::int64_t mostSlices(const GpuMlpconvSchedule &schedule) const {
    std::int64_t most = 1;
    for (const GpuStretch &stretch : stretchesOf(geometry_, schedule)) {
      if (!stretch.storesMaps) continue;
      if (stretch.convolutions() > 1) return 1;
      most = std::max(most, divideUp(geometry_.maps(stretch.last()), std::int64_t{schedule.threadChannels}));
    }
    return most;
  }

  void consider(const GpuMlpconvSchedule &schedule) {
    if (!checkLegal(problem_, schedule)) return;
    const double clocks = predictClocks(problem_, schedule);
    if (best_ && clocks >= leastClocks_) return;
    leastClocks_ = clocks;
    best_ = schedule;
  }

  const MlpconvProblem &problem_;
  const MlpconvGeometry &geometry_;
  double leastClocks_ = 0;
  std::optional<GpuMlpconvSchedule> best_; // none is legal yet
};

} // namespace

GpuMlpconvChoice chooseGpuMlpconvSchedule(const MlpconvProblem &problem) {
  return Chooser(problem).best();
}

GpuMlpconvSchedule defaultGpuMlpconvSchedule(const MlpconvProblem &problem) {
  return chooseGpuMlpconvSchedule(problem).schedule;
}

std::vector<std::vector<int>> gpuStoredMaps(const MlpconvGeometry &geometry) {
  std::vector<std::vector<int>> choices = {{}};
  const auto last = static_cast<int>(geometry.layers.size()) - 1;
  if (!geometry.returnsMaps()) choices.push_back({last});
  if (last > 0) {
    std::vector<int> all(geometry.layers.size() - (geometry.returnsMaps() ? 1 : 0));
    std::iota(all.begin(), all.end(), 0);
    choices.push_back(std::move(all));
  }
  return choices;
}

} // namespace ninc

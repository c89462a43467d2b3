#include "codegen/schedule/gpu/GpuSchedule.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <optional>
#include <vector>

#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Pixels of a register tile, and registers it has for sums: what leaves a thread of 256 room for the rest.
constexpr int mostThreadPixels = 16;
constexpr int mostSums = 64;
constexpr int mostUnrolled = 16;

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
  for (int size = 1; size <= std::min<std::int64_t>(columns, mostThreadPixels); ++size)
    if (columns % size == 0) sizes.push_back(size);
  return sizes;
}

class Chooser {
public:
  explicit Chooser(const KernelSpec &spec) : spec_(spec), geometry_(spec) {}

  GpuMlpconvSchedule best() {
    for (const std::vector<int> &stored : gpuStoredMaps(spec_)) {
      considerTiles(stored);
      if (best_) break;
    }
    return best_.value(); // with all maps stored, a block of few threads is always legal
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
    if (sharedBytesOf(spec_, schedule) > spec_.gpu->sharedBytes) return;
    for (const int pixels : threadPixelsFor(geometry_, schedule))
      for (const int channels : {1, 2, 4, 8}) {
        schedule.threadPixels = pixels, schedule.threadChannels = channels;
        if (pixels * channels > mostSums) continue;
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
    if (!checkLegal(spec_, schedule)) return;
    const double clocks = predictClocks(spec_, schedule);
    if (best_ && clocks >= leastClocks_) return;
    leastClocks_ = clocks;
    best_ = schedule;
  }

  const KernelSpec &spec_;
  MlpconvGeometry geometry_;
  double leastClocks_ = 0;
  std::optional<GpuMlpconvSchedule> best_; // none is legal yet
};

Result<void> checkRange(std::string_view what, std::int64_t number, std::int64_t least, std::int64_t most) {
  if (number >= least && number <= most) return {};
  return fail(fmt::format("{} may be {} to {}, not {}", what, least, most, number));
}

} // namespace

bool GpuMlpconvSchedule::stores(std::size_t convolution) const {
  return std::ranges::find(storedMaps, static_cast<int>(convolution)) != storedMaps.end();
}

GpuMlpconvSchedule defaultGpuMlpconvSchedule(const KernelSpec &spec) {
  return Chooser(spec).best();
}

std::vector<std::vector<int>> gpuStoredMaps(const KernelSpec &spec) {
  const MlpconvGeometry geometry(spec);
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

GpuReductionSchedule defaultGpuReductionSchedule(const KernelSpec &spec) {
  if (std::holds_alternative<Softmax>(spec.op)) return {1, 64};
  return {32, 8};
}

GpuLoopSchedule defaultGpuLoopSchedule(const KernelSpec &) {
  return {256};
}

bool sharesPositions(const KernelSpec &spec) {
  const Shape &shape = spec.outputs[0].shape;
  const std::int64_t positions = elementCount(shape) / shape[0] * spec.images;
  return positions < 4096 && shape[0] >= 16;
}

Result<void> checkLegal(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  return checkRange("threads of a block", schedule.threads, 1, spec.gpu->maxThreads);
}

Result<void> checkLegal(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  if (auto ok = checkRange("results of a block", schedule.results, 1, spec.gpu->maxThreads); !ok) return ok;
  if (auto ok = checkRange("slices of a sum", schedule.slices, 1, 256); !ok) return ok;
  return checkRange("threads of a block", std::int64_t{schedule.results} * schedule.slices, 1,
                    spec.gpu->maxThreads);
}

namespace {

// Maps that the kernel's result holds anyway aren't stored twice.
Result<void> checkStoredMaps(const MlpconvGeometry &g, const GpuMlpconvSchedule &schedule) {
  const auto most = static_cast<std::int64_t>(g.layers.size()) - (g.returnsMaps() ? 2 : 1);
  std::int64_t least = 0;
  for (const int convolution : schedule.storedMaps) {
    if (most < 0) return fail("the only map is the result: there is none to store");
    if (auto ok = checkRange("the next convolution whose map is stored", convolution, least, most); !ok)
      return ok;
    least = convolution + 1;
  }
  return {};
}

Result<void> checkSlices(const MlpconvGeometry &g, const GpuMlpconvSchedule &schedule) {
  std::int64_t maps = 0, slices = 1; // of the stretch that is divided most, of those that store maps
  for (const GpuStretch &stretch : stretchesOf(g, schedule))
    if (stretch.storesMaps && slicesOf(g.maps(stretch.last()), schedule) >= slices)
      maps = g.maps(stretch.last()), slices = slicesOf(maps, schedule);
  // With an epilogue, all channels of a tile meet in one block.
  if (auto ok = checkRange("slices of channels", schedule.slices, 1,
                           std::max<std::int64_t>(1, divideUp(maps, std::int64_t{schedule.threadChannels})));
      !ok)
    return ok;
  if (slices < schedule.slices)
    return fail(fmt::format("{} slices of whole register tiles reach beyond the {} channels there are",
                            schedule.slices, maps));
  return {};
}

} // namespace

Result<void> checkLegal(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  const MlpconvGeometry g(spec);
  if (auto ok = checkStoredMaps(g, schedule); !ok) return ok;
  const GpuTiledPixels tiled(g, schedule);
  if (auto ok = checkRange("columns of a block", schedule.blockColumns, 1, tiled.columns); !ok) return ok;
  if (auto ok = checkRange("rows of a block", schedule.blockRows, 1, tiled.rows); !ok) return ok;
  if (schedule.threadChannels < 1 || schedule.threadChannels > gpuChannelPadding ||
      !std::has_single_bit(static_cast<unsigned>(schedule.threadChannels)))
    return fail(fmt::format("a thread's channels are 1, 2, 4 or 8, not {}", schedule.threadChannels));
  if (auto ok = checkRange("a thread's pixels", schedule.threadPixels, 1, mostThreadPixels); !ok) return ok;
  if (schedule.threadPixels * schedule.threadChannels > mostSums)
    return fail(fmt::format("a thread has at most {} sums", mostSums));
  if (auto ok = checkRange("steps written out", schedule.unroll, 1, mostUnrolled); !ok) return ok;
  const GpuTile tile(g, schedule);
  if (tile.columns % schedule.threadPixels != 0)
    return fail(
        fmt::format("{} pixels of a thread don't divide a block's {}", schedule.threadPixels, tile.columns));
  if (auto ok = checkRange("threads along channels", schedule.channelThreads, 1, spec.gpu->maxThreads); !ok)
    return ok;
  if (auto ok = checkRange("threads of a block", threadsOf(g, schedule), 1, spec.gpu->maxThreads); !ok)
    return ok;
  constexpr std::int64_t mostThreadsAlongRows = 64; // CUDA's limit along z
  if (auto ok = checkRange("threads along rows", tile.rows, 1, mostThreadsAlongRows); !ok) return ok;
  if (auto ok = checkSlices(g, schedule); !ok) return ok;
  const std::int64_t shared = sharedBytesOf(spec, schedule);
  if (shared > spec.gpu->sharedBytes)
    return fail(fmt::format("a block takes {} bytes of shared memory where there are {}", shared,
                            spec.gpu->sharedBytes));
  return {};
}

std::string toString(const GpuLoopSchedule &schedule) {
  return fmt::format("block-threads {}", schedule.threads);
}

std::string toString(const GpuReductionSchedule &schedule) {
  return fmt::format("results {}, slices {}", schedule.results, schedule.slices);
}

std::string toString(const GpuMlpconvSchedule &schedule) {
  std::string text =
      fmt::format("block {}x{}, thread {}x{}, channel-threads {}, unroll {}, slices {}",
                  schedule.blockColumns, schedule.blockRows, schedule.threadChannels, schedule.threadPixels,
                  schedule.channelThreads, schedule.unroll, schedule.slices);
  if (schedule.stagesInput) text += ", staged";
  if (!schedule.storedMaps.empty()) text += fmt::format(", stores {}", fmt::join(schedule.storedMaps, "+"));
  return text;
}

} // namespace ninc

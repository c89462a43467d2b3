#include "codegen/gpu/GpuSchedule.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <limits>
#include <vector>

#include "codegen/gpu/GpuMlpconvCost.h"
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
    constexpr int mostColumns = 32, mostRows = 8;
    for (const int columns : tileExtents(geometry_.pooledColumns, mostColumns))
      for (const int rows : tileExtents(geometry_.pooledRows, mostRows))
        for (const bool staged : {true, false})
          considerTile({.blockColumns = columns, .blockRows = rows, .stagesInput = staged});
    return best_;
  }

private:
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

  // Channels of a single convolution are divided freely; where maps before would be computed again, they
  // aren't.
  void considerSlices(GpuMlpconvSchedule schedule) {
    const std::int64_t most =
        geometry_.layers.size() == 1 && std::holds_alternative<NoEpilogue>(geometry_.epilogue)
            ? divideUp(geometry_.maps(0), std::int64_t{schedule.threadChannels})
            : 1;
    for (const int slices : {1, 2, 4, 8, 16}) {
      if (slices > most) break;
      schedule.slices = slices;
      consider(schedule);
    }
  }

  void consider(const GpuMlpconvSchedule &schedule) {
    if (!isLegal(spec_, schedule)) return;
    const double clocks = predictClocks(spec_, schedule);
    if (clocks >= leastClocks_) return;
    leastClocks_ = clocks;
    best_ = schedule;
  }

  const KernelSpec &spec_;
  MlpconvGeometry geometry_;
  double leastClocks_ = std::numeric_limits<double>::infinity();
  GpuMlpconvSchedule best_{.blockColumns = 1,
                           .blockRows = 1,
                           .threadChannels = 1,
                           .threadPixels = 1,
                           .channelThreads = 32,
                           .unroll = 4,
                           .stagesInput = false,
                           .slices = 1};
};

Result<void> checkRange(std::string_view what, std::int64_t number, std::int64_t least, std::int64_t most) {
  if (number >= least && number <= most) return {};
  return fail(fmt::format("{} may be {} to {}, not {}", what, least, most, number));
}

} // namespace

GpuMlpconvSchedule defaultGpuMlpconvSchedule(const KernelSpec &spec) {
  return Chooser(spec).best();
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

Result<void> isLegal(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  return checkRange("threads of a block", schedule.threads, 1, spec.gpu->maxThreads);
}

Result<void> isLegal(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  if (auto ok = checkRange("results of a block", schedule.results, 1, spec.gpu->maxThreads); !ok) return ok;
  if (auto ok = checkRange("slices of a sum", schedule.slices, 1, 256); !ok) return ok;
  return checkRange("threads of a block", std::int64_t{schedule.results} * schedule.slices, 1,
                    spec.gpu->maxThreads);
}

Result<void> isLegal(const KernelSpec &spec, const GpuMlpconvSchedule &schedule) {
  const MlpconvGeometry g(spec);
  if (auto ok = checkRange("columns of a block", schedule.blockColumns, 1, g.pooledColumns); !ok) return ok;
  if (auto ok = checkRange("rows of a block", schedule.blockRows, 1, g.pooledRows); !ok) return ok;
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
  // With an epilogue, all channels of a tile meet in one block.
  const bool endsInMaps = std::holds_alternative<NoEpilogue>(g.epilogue);
  const std::int64_t maps = g.maps(g.layers.size() - 1);
  if (auto ok = checkRange("slices of channels", schedule.slices, 1,
                           endsInMaps ? divideUp(maps, std::int64_t{schedule.threadChannels}) : 1);
      !ok)
    return ok;
  if (sliceChannels(maps, schedule) * schedule.slices > roundUp(maps, gpuChannelPadding))
    return fail(fmt::format("{} slices of {} channels reach beyond the {} there are", schedule.slices,
                            sliceChannels(maps, schedule), maps));
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
  return fmt::format("block {}x{}, thread {}x{}, channel-threads {}, unroll {}, slices {}{}",
                     schedule.blockColumns, schedule.blockRows, schedule.threadChannels,
                     schedule.threadPixels, schedule.channelThreads, schedule.unroll, schedule.slices,
                     schedule.stagesInput ? ", staged" : "");
}

} // namespace ninc

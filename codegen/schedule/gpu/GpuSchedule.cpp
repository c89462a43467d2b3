#include "codegen/schedule/gpu/GpuSchedule.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

constexpr int mostUnrolled = 16;

Result<void> checkRange(std::string_view what, std::int64_t number, std::int64_t least, std::int64_t most) {
  if (number >= least && number <= most) return {};
  return fail(fmt::format("{} may be {} to {}, not {}", what, least, most, number));
}

} // namespace

bool GpuMlpconvSchedule::stores(std::size_t convolution) const {
  return std::ranges::find(storedMaps, static_cast<int>(convolution)) != storedMaps.end();
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

Result<void> checkChoice(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  return checkRange("threads of a block", schedule.threads, 1, spec.device().maxThreads);
}

Result<void> checkChoice(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  if (auto ok = checkRange("results of a block", schedule.results, 1, spec.device().maxThreads); !ok)
    return ok;
  if (auto ok = checkRange("slices of a sum", schedule.slices, 1, 256); !ok) return ok;
  return checkRange("threads of a block", std::int64_t{schedule.results} * schedule.slices, 1,
                    spec.device().maxThreads);
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
  // Before slices of whole tiles are looked for, one number after the other.
  if (auto ok = checkRange("slices of channels", schedule.slices, 1, g.mostMaps()); !ok) return ok;
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

Result<void> checkLegal(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule) {
  const auto &[spec, g] = problem;
  if (auto ok = checkStoredMaps(g, schedule); !ok) return ok;
  const GpuTiledPixels tiled(g, schedule);
  if (auto ok = checkRange("columns of a block", schedule.blockColumns, 1, tiled.columns); !ok) return ok;
  if (auto ok = checkRange("rows of a block", schedule.blockRows, 1, tiled.rows); !ok) return ok;
  if (schedule.threadChannels < 1 || schedule.threadChannels > gpuChannelPadding ||
      !std::has_single_bit(static_cast<unsigned>(schedule.threadChannels)))
    return fail(fmt::format("a thread's channels are 1, 2, 4 or 8, not {}", schedule.threadChannels));
  if (auto ok = checkRange("a thread's pixels", schedule.threadPixels, 1, mostGpuThreadPixels); !ok)
    return ok;
  if (schedule.threadPixels * schedule.threadChannels > mostGpuSums)
    return fail(fmt::format("a thread has at most {} sums", mostGpuSums));
  if (auto ok = checkRange("steps written out", schedule.unroll, 1, mostUnrolled); !ok) return ok;
  const GpuTile tile(g, schedule);
  if (tile.columns % schedule.threadPixels != 0)
    return fail(
        fmt::format("{} pixels of a thread don't divide a block's {}", schedule.threadPixels, tile.columns));
  if (auto ok = checkRange("threads along channels", schedule.channelThreads, 1, spec.device().maxThreads);
      !ok)
    return ok;
  if (auto ok = checkRange("threads of a block", threadsOf(g, schedule), 1, spec.device().maxThreads); !ok)
    return ok;
  constexpr std::int64_t mostThreadsAlongRows = 64; // CUDA's limit along z
  if (auto ok = checkRange("threads along rows", tile.rows, 1, mostThreadsAlongRows); !ok) return ok;
  if (auto ok = checkSlices(g, schedule); !ok) return ok;
  const std::int64_t shared = sharedBytesOf(problem, schedule);
  if (shared > spec.device().sharedBytes)
    return fail(fmt::format("a block takes {} bytes of shared memory where there are {}", shared,
                            spec.device().sharedBytes));
  return {};
}

} // namespace ninc

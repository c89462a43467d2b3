#include "codegen/schedule/mlpconv/MlpconvSchedule.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Multiply-adds of a register tile times the steps of its reduction that are written out: what a compiler
// digests in seconds, and far more than helps.
constexpr std::int64_t mostInstructions = 4096;

// Of a register tile, that is: twice the registers of AVX-512. Beyond these nothing was ever faster, and
// sums that aren't in registers are on the stack, which is small (NINC_STACK_BYTES).
constexpr std::int64_t mostTileBytes = 4 << 10;

// Several pages: requests that far ahead leave the first level before they are needed.
constexpr int mostPrefetchBytes = 64 << 10;

Result<void> checkTiles(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule,
                        const Target &target) {
  const std::size_t layers = geometry.layers.size();
  if (schedule.panelVectors.size() != layers || schedule.tilePixels.size() != layers)
    return fail(fmt::format("the schedule has tiles for {} and {} convolutions, the op has {}",
                            schedule.panelVectors.size(), schedule.tilePixels.size(), layers));
  if (schedule.blockPixels < 1 || schedule.reductionUnroll < 1)
    return fail("block and unroll must be positive");
  if (schedule.wholeLayers < 0 || static_cast<std::size_t>(schedule.wholeLayers) > layers)
    return fail(fmt::format("{} whole layers of {}", schedule.wholeLayers, layers));
  for (std::size_t i = 0; i < layers; ++i) {
    const int v = schedule.panelVectors[i], t = schedule.tilePixels[i];
    if (v < 1 || t < 1) return fail(fmt::format("tile {}x{} of convolution {} must be positive", v, t, i));
    if (v > divideUp(geometry.maps(i), std::int64_t{target.vectorLanes}))
      return fail(fmt::format("a panel of {} vectors of {} for the {} channels of convolution {}", v,
                              target.vectorLanes, geometry.maps(i), i));
    if (std::int64_t{v} * t > mostInstructions / schedule.reductionUnroll)
      return fail(fmt::format("a tile of {} vectors x {} pixels is written out in full, {} times", v, t,
                              schedule.reductionUnroll));
    if (std::int64_t{v} * t * target.vectorLanes > mostTileBytes / std::int64_t{sizeof(float)})
      return fail(
          fmt::format("a tile of {} vectors x {} pixels takes more than {} bytes", v, t, mostTileBytes));
    if (!(i == 0 && schedule.winograd) && schedule.blockPixels % t != 0)
      return fail(fmt::format("a block of {} pixels is no multiple of convolution {}'s tile of {}",
                              schedule.blockPixels, i, t));
  }
  return {};
}

Result<void> checkWinograd(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule) {
  const ConvLayer &layer = geometry.layers[0];
  const WinogradTile &tile = *schedule.winograd;
  if (layer.window.dilation != std::array<std::int64_t, 2>{1, 1})
    return fail("Winograd's transforms are for windows without dilation");
  if (schedule.wholeLayers < 1) return fail("a Winograd convolution goes whole");
  if (geometry.epilogueReadsFirstMaps())
    return fail("the maps of a single Winograd convolution are stored as they are");
  if (!hasWinograd(layer, tile))
    return fail(fmt::format("no transform for tiles of {}x{} outputs", tile.rows, tile.columns));
  if (schedule.groupTiles < 1 || schedule.groupTiles % schedule.tilePixels[0] != 0)
    return fail(fmt::format("a group of {} tiles is no multiple of a register tile's {}", schedule.groupTiles,
                            schedule.tilePixels[0]));
  const std::int64_t tiles = WinogradGeometry(geometry, tile).tiles();
  if (schedule.groupTiles - schedule.tilePixels[0] >= tiles)
    return fail(fmt::format("a group of {} tiles where there are {}", schedule.groupTiles, tiles));
  return {};
}

// A block that holds everything, and a register tile more, gains nothing over one that holds everything.
Result<void> checkBlock(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule) {
  std::int64_t step = 1; // divides the block, as every tile does
  for (std::size_t i = 0; i < geometry.layers.size(); ++i)
    if (!(i == 0 && schedule.winograd)) step = std::lcm(step, std::int64_t{schedule.tilePixels[i]});
  const std::int64_t pixels = geometry.pool() ? geometry.pixelsOfPooledRow() : geometry.allPixels();
  if (schedule.blockPixels - step >= pixels)
    return fail(fmt::format("a block of {} pixels where there are {}", schedule.blockPixels, pixels));
  return {};
}

} // namespace

Result<void> checkLegal(const MlpconvProblem &problem, const MlpconvSchedule &schedule) {
  const auto &[spec, geometry] = problem;
  if (spec.images > 1 && !canComputeImages(spec))
    return fail("a kernel with these results computes one image at a time");
  if (Result<void> tiles = checkTiles(geometry, schedule, spec.cpu()); !tiles) return tiles;
  if (schedule.winograd)
    if (Result<void> winograd = checkWinograd(geometry, schedule); !winograd) return winograd;
  if (Result<void> block = checkBlock(geometry, schedule); !block) return block;
  const bool allWhole = schedule.isWhole(geometry.layers.size() - 1);
  if (allWhole && geometry.pool()) return fail("a pool epilogue goes in blocks");
  if (allWhole && schedule.blockPixels < geometry.allPixels())
    return fail(fmt::format("whole maps have all {} pixels in one block, not {}", geometry.allPixels(),
                            schedule.blockPixels));
  if (allWhole && schedule.pixelsOuter) return fail("whole maps have no blocks whose loops have an order");
  if (schedule.wholeLayers == 0 && schedule.prefetchBytes != MlpconvSchedule::usualPrefetchBytes)
    return fail("only whole layers ask for weights ahead");
  if (schedule.prefetchBytes < 0 || schedule.prefetchBytes > mostPrefetchBytes ||
      schedule.prefetchBytes % 64 != 0)
    return fail(fmt::format("weights are asked for 0 to {} bytes ahead, by multiples of 64; not {}",
                            mostPrefetchBytes, schedule.prefetchBytes));
  if (geometry.pool() && schedule.blockPixels < geometry.pixelsOfPooledRow())
    return fail(fmt::format("a pooled row needs {} pixels, a block has {}", geometry.pixelsOfPooledRow(),
                            schedule.blockPixels));
  return {};
}

} // namespace ninc

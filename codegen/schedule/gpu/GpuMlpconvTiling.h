// How a fused mlpconv's schedule divides its work: into launches, tiles, blocks and threads, and what of
// shared memory a block needs. What the cost model, legality and the lowering all ask for, worked out once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codegen/schedule/gpu/GpuSchedule.h"
#include "codegen/schedule/mlpconv/MlpconvGeometry.h"

namespace ninc {

// Convolutions [begin, end) that one launch takes a tile through without a trip through memory. At its end
// the last map is stored, or else folded by the epilogue, a pool or sums of the tile.
struct GpuStretch {
  std::size_t begin = 0, end = 0;
  bool storesMaps = true;

  std::size_t last() const { return end - 1; }
  std::size_t convolutions() const { return end - begin; }
};

// In order; one, unless the schedule stores maps in between.
std::vector<GpuStretch> stretchesOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);

// Whether the epilogue's pool, or its means, end the last of these launches; else there is no epilogue, or it
// reads stored maps in launches of its own.
bool poolsTiles(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);
bool sumsTiles(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);

// What tiles cover: pixels of the maps, or pooled ones where tiles are pooled.
struct GpuTiledPixels {
  std::int64_t columns = 1, rows = 1;

  GpuTiledPixels(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);
};

// Of a block, from the sizes of the tile: pixels of the maps that it computes along each axis (where tiles
// are pooled: that its pooled pixels read), and of the input that those read.
struct GpuTile {
  std::int64_t columns = 1, rows = 1;
  std::int64_t patchColumns = 1, patchRows = 1;

  GpuTile(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);
  std::int64_t patchPixels() const { return patchColumns * patchRows; }
};

// Threads along the channels where means are made, and softmax of them.
constexpr int gpuThreadsOfMean = 32;

// Whether means, beside the sums they are made of, are few enough for softmax to read them in a block's
// shared memory.
bool meansFitBlock(const MlpconvGeometry &geometry, const GpuTarget &gpu);

// Tiles of one image in the stretch's launch, and threads of any launch's block.
std::int64_t tilesOfImage(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule,
                          const GpuStretch &stretch);
std::int64_t threadsOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);

// Blocks that share a tile of a stretch that stores so many maps: the schedule's slices, fewer where so many
// of whole register tiles would reach beyond the weights; and the channels of one.
std::int64_t slicesOf(std::int64_t maps, const GpuMlpconvSchedule &schedule);
std::int64_t sliceChannels(std::int64_t maps, const GpuMlpconvSchedule &schedule);

// The extents that so many channels, columns and rows take in shared memory, in whole pieces
// (gpuSharedPiece): one of them grows, by as little as it can.
using GpuExtents = std::array<std::int64_t, 3>;
GpuExtents storedExtents(const GpuExtents &extents, ElementType element);

// Shared memory of a block, when what is dead makes room: of one stretch's launch, and the most of any.
std::int64_t sharedBytesOf(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule,
                           const GpuStretch &stretch);
std::int64_t sharedBytesOf(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule);

} // namespace ninc

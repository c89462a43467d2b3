// How a fused mlpconv is computed: by which algorithm, and where its loops are cut.
//
// The maps' channels go in panels, as many as a register tile is wide; a tile is a panel of channels times a
// few pixels, held in registers over the whole reduction. Then there are two ways to go through a
// convolution. In blocks: a block of pixels goes through all the convolutions before the next block starts,
// so that only one block of each inner map exists at a time; every block reads all weights, and blocks are
// what threads share. Whole: panel by panel over all pixels, the map whole in the kernel's scratch; every
// weight is read once, by one thread, which is what counts where the weights don't fit the cache. The first
// `wholeLayers` convolutions go whole, the others in blocks.
//
// The first convolution may go by Winograd's F(m, r) (ir/Winograd.h): the input is transformed once, then
// panel by panel and group of tiles by group of tiles the products are summed over the channels, frequency by
// frequency, and transformed back. It goes whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

struct MlpconvSchedule {
  // For each convolution.
  std::vector<int> panelVectors; // vector registers of channels a panel
  std::vector<int> tilePixels;   // pixels a register tile; for a Winograd convolution: tiles of the maps
  // Pixels a block: a multiple of every tile of pixels; where all layers are whole, all pixels. With a pool
  // epilogue the block is one row of pooled pixels, and this is the number of map pixels computed for it.
  int blockPixels = 1;
  int reductionUnroll = 1; // steps of the inner reduction loop written out; 1: none
  int wholeLayers = 0;
  std::optional<WinogradTile> winograd; // of the first convolution; none: direct
  int groupTiles = 1;                   // Winograd: tiles a group, a multiple of tilePixels[0]
  // The order of a block's loops, of layers in blocks. False: a panel's weights meet all of the block's
  // pixels before the next panel. True: a tile of pixels meets all panels before the next tile.
  bool pixelsOuter = false;
  // Whole layers: how far ahead weights are asked for; 0: not at all. A multiple of 64.
  int prefetchBytes = usualPrefetchBytes;
  bool parallel = true; // blocks, and panels of whole layers, go to the executor

  // A page: measured best among 1, 4, 16 and 48 KiB (docs/performance.md).
  static constexpr int usualPrefetchBytes = 4096;

  bool isWhole(std::size_t layer) const { return layer < static_cast<std::size_t>(wholeLayers); }
  // Channels a panel of convolution i.
  std::int64_t panel(std::size_t i, const Target &target) const {
    return std::int64_t{panelVectors[i]} * target.vectorLanes;
  }

  friend bool operator==(const MlpconvSchedule &, const MlpconvSchedule &) = default;
};

// Whether the schedule computes what the spec, one for a CPU, says within sensible bounds; the error tells
// why not.
Result<void> checkLegal(const MlpconvProblem &problem, const MlpconvSchedule &schedule);

} // namespace ninc

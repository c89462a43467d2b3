// How a fused mlpconv is computed: where its loops are cut.
//
// The maps' channels go in panels, as many as a register tile is wide; a tile is a panel of channels times a
// few pixels, held in registers over the whole reduction. Then there are two ways. In blocks: a block of
// pixels goes through all convolutions before the next block starts, so that only one block of each inner map
// exists at a time; every block reads all weights, and blocks are what threads share. In panels: one block of
// all pixels, inner maps whole in the kernel's scratch; every weight is read once, by one thread, which is
// what counts where the weights don't fit the cache.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/KernelSpec.h"

namespace ninc {

enum class MlpconvOrder : std::uint8_t { blocks, panels };

struct MlpconvSchedule {
  // For each convolution.
  std::vector<int> panelVectors; // vector registers of channels a panel
  std::vector<int> tilePixels;   // pixels a register tile
  // Pixels a block: a multiple of every tile; all pixels for panels. With a pool epilogue the block is one
  // row of pooled pixels, and this is the number of map pixels computed for it.
  int blockPixels = 1;
  int reductionUnroll = 1; // steps of the inner reduction loop written out; 1: none
  MlpconvOrder order = MlpconvOrder::blocks;
  bool parallel = true; // blocks, or panels, go to the executor

  friend bool operator==(const MlpconvSchedule &, const MlpconvSchedule &) = default;
};

// The spec's op must be an Mlpconv, or a Conv2d of one group, which is an mlpconv of one layer.
MlpconvSchedule defaultMlpconvSchedule(const KernelSpec &spec);
Result<void> isLegal(const KernelSpec &spec, const MlpconvSchedule &schedule);
std::string toString(const MlpconvSchedule &schedule);

// The weights and biases of all convolutions in the arrangement the kernel reads: for each layer a weight
// tensor [panel][reduction][channel in panel], reduction in the order rows, columns, input channels, and a
// bias [channel], both zero beyond the last channel.
Result<std::vector<std::vector<float>>> packMlpconv(const KernelSpec &spec, const MlpconvSchedule &schedule,
                                                    const Op &op);

// What schedule and kernel both need to know of the op's geometry, worked out once.
struct MlpconvGeometry {
  std::vector<ConvLayer> layers; // parameters as in the op
  Epilogue epilogue;
  std::int64_t channels = 0, height = 0, width = 0; // of the input
  std::int64_t rows = 0, columns = 0;               // of the maps, before a pool epilogue
  std::int64_t pooledRows = 0, pooledColumns = 0;   // after it; the maps' own without one

  explicit MlpconvGeometry(const KernelSpec &spec);

  std::int64_t pixels() const { return rows * columns; }
  // Terms that one output of convolution i sums.
  std::int64_t reduction(std::size_t i) const;
  std::int64_t maps(std::size_t i) const { return layers[i].outChannels; }
  // Extents of the input with the border that the window reads.
  std::int64_t paddedHeight() const;
  std::int64_t paddedWidth() const;
  const PoolEpilogue *pool() const { return std::get_if<PoolEpilogue>(&epilogue); }
  const GapEpilogue *gap() const { return std::get_if<GapEpilogue>(&epilogue); }
  // GAP without stored maps: the means are summed while the maps are made.
  bool accumulatesMean() const { return gap() && !gap()->keepMaps; }
  // Map pixels that a block must have for a pool epilogue: the rows of one pooled row.
  std::int64_t pixelsOfPooledRow() const;
};

} // namespace ninc

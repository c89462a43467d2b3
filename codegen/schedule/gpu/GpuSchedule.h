// How a device's kernels compute: grids of blocks, blocks of threads, and what a thread keeps in registers.
#pragma once

#include <cstdint>
#include <vector>

#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "codegen/spec/KernelSpec.h"
#include "support/Result.h"

namespace ninc {

// One thread an output element: elementwise ops, copies, pools, normalisations, convolutions of many groups.
struct GpuLoopSchedule {
  int threads = 256; // a block

  friend bool operator==(const GpuLoopSchedule &, const GpuLoopSchedule &) = default;
};

// Few outputs with long sums: dense layers, global averages, softmax. A block has `results` outputs,
// neighbours in memory, and `slices` threads for each, that sum every slices-th term and then meet in shared
// memory.
struct GpuReductionSchedule {
  int results = 32;
  int slices = 8;

  friend bool operator==(const GpuReductionSchedule &, const GpuReductionSchedule &) = default;
};

// A fused mlpconv (or a convolution of one group), in one launch if its maps fit a block. A block owns a tile
// of pixels and takes it through all convolutions; the input patch and the maps in between are in shared
// memory. A thread computes `threadChannels` neighbouring channels of `threadPixels` neighbouring pixels in
// registers, over the whole reduction; weights are read from global memory, [reduction][channel], so that
// neighbouring threads read neighbouring channels. Where there are more channels than channelThreads x
// threadChannels, threads go round. With a pool epilogue, the block's pixels are pooled ones.
//
// Maps that no block can hold, or that are computed sooner by more blocks, are stored: their launch ends
// there, and the next one reads them. Where the last map is stored, the epilogue is a launch of its own.
struct GpuMlpconvSchedule {
  int blockColumns = 8, blockRows = 1; // pixels a block
  int threadChannels = 4;              // a power of two, at most 8
  int threadPixels = 4;                // along a row; without a pool epilogue a divisor of blockColumns
  int channelThreads = 32;             // threads side by side along the channels
  int unroll = 4;                      // steps of the reduction along channels written out
  bool stagesInput = true; // the patch goes through shared memory, else windows read global memory
  int slices = 1; // blocks that share a tile's last channels; each computes the maps before them anew
  std::vector<int> storedMaps = {}; // of these convolutions, ascending

  bool stores(std::size_t convolution) const;

  friend bool operator==(const GpuMlpconvSchedule &, const GpuMlpconvSchedule &) = default;
};

// Output channels, padded with zeros to a multiple of this in packed weights, whatever the schedule.
constexpr std::int64_t gpuChannelPadding = 8;

// What a block keeps in shared memory takes whole pieces of so many bytes, the widest that a thread reads at
// once. Halide gives what lives at different times one place, whose size it counts in its widest elements,
// rounded down, and takes what was aligned by itself to be aligned behind other places too: the last of an
// odd number of halves would be the next map's first, and four floats behind a patch of nine go where the
// ninth is.
constexpr std::int64_t gpuSharedPiece = 16;

// Pixels of a register tile, and registers it has for sums: what leaves a thread of 256 room for the rest.
constexpr int mostGpuThreadPixels = 16;
constexpr int mostGpuSums = 64;

// A fused mlpconv's default: codegen/schedule/gpu/GpuMlpconvChoice.h.
GpuReductionSchedule defaultGpuReductionSchedule(const KernelSpec &spec);
GpuLoopSchedule defaultGpuLoopSchedule(const KernelSpec &spec);

// Whether the schedule computes what the spec, one of the family for a device, says within the device's
// limits; the error tells why not.
Result<void> checkChoice(const KernelSpec &spec, const GpuLoopSchedule &schedule);
Result<void> checkChoice(const KernelSpec &spec, const GpuReductionSchedule &schedule);
Result<void> checkLegal(const MlpconvProblem &problem, const GpuMlpconvSchedule &schedule);

// Softmax of many positions takes a thread each; of few, or of vectors, many threads share one.
bool sharesPositions(const KernelSpec &spec);

} // namespace ninc

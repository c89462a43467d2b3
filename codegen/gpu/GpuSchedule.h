// How a device's kernels compute: grids of blocks, blocks of threads, and what a thread keeps in registers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codegen/KernelSpec.h"
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

// A fused mlpconv (or a convolution of one group) in one launch. A block owns a tile of pixels and takes it
// through all convolutions; the input patch and the maps in between are in shared memory. A thread computes
// `threadChannels` neighbouring channels of `threadPixels` neighbouring pixels in registers, over the whole
// reduction; weights are read from global memory, [reduction][channel], so that neighbouring threads read
// neighbouring channels. Where there are more channels than channelThreads x threadChannels, threads go
// round. With a pool epilogue, the block's pixels are pooled ones.
struct GpuMlpconvSchedule {
  int blockColumns = 8, blockRows = 1; // pixels a block
  int threadChannels = 4;              // a power of two, at most 8
  int threadPixels = 4;                // along a row; without a pool epilogue a divisor of blockColumns
  int channelThreads = 32;             // threads side by side along the channels
  int unroll = 4;                      // steps of the reduction along channels written out
  bool stagesInput = true; // the patch goes through shared memory, else windows read global memory
  int slices = 1; // blocks that share a tile's last channels; each computes the maps before them anew

  friend bool operator==(const GpuMlpconvSchedule &, const GpuMlpconvSchedule &) = default;
};

// Output channels, padded with zeros to a multiple of this in packed weights, whatever the schedule.
constexpr std::int64_t gpuChannelPadding = 8;

// Legal, and the fastest that the model of codegen/gpu/GpuMlpconvCost.h knows.
GpuMlpconvSchedule defaultGpuMlpconvSchedule(const KernelSpec &spec);
GpuReductionSchedule defaultGpuReductionSchedule(const KernelSpec &spec);
GpuLoopSchedule defaultGpuLoopSchedule(const KernelSpec &spec);

Result<void> isLegal(const KernelSpec &spec, const GpuLoopSchedule &schedule);
Result<void> isLegal(const KernelSpec &spec, const GpuReductionSchedule &schedule);
Result<void> isLegal(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

// Softmax of many positions takes a thread each; of few, or of vectors, many threads share one.
bool sharesPositions(const KernelSpec &spec);

// "block-threads 256", "results 32, slices 8",
// "block 8x2, thread 4x4, channel-threads 48, unroll 4, slices 1, staged"
std::string toString(const GpuLoopSchedule &schedule);
std::string toString(const GpuReductionSchedule &schedule);
std::string toString(const GpuMlpconvSchedule &schedule);

} // namespace ninc

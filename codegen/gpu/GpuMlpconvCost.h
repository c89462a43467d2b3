// What a fused mlpconv's schedule is expected to take on a device: a model of one multiprocessor (32 threads
// step together, four such groups at once; one request to shared memory or L1 a clock) and of how many blocks
// it holds. The constants are those of NVIDIA's manuals (CUDA C++ Programming Guide, "Arithmetic
// Instructions" and "Shared Memory"); none is measured. Devices at hand are measured by `ninc tune`.
#pragma once

#include <cstdint>

#include "codegen/MlpconvGeometry.h"
#include "codegen/gpu/GpuSchedule.h"

namespace ninc {

// Clocks of one launch, which must be legal for the spec.
double predictClocks(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

// Of a block, from the sizes of the tile: pixels of the maps that it computes along each axis (with a pool
// epilogue: that its pooled pixels read), and of the input that those read.
struct GpuTile {
  std::int64_t columns = 1, rows = 1;
  std::int64_t patchColumns = 1, patchRows = 1;

  GpuTile(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);
  std::int64_t pixels() const { return columns * rows; }
  std::int64_t patchPixels() const { return patchColumns * patchRows; }
};

// Threads along the channels where means are made, and softmax of them.
constexpr int gpuThreadsOfMean = 32;

// Tiles of one image, and threads of a block.
std::int64_t tilesOfImage(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);
std::int64_t threadsOf(const MlpconvGeometry &geometry, const GpuMlpconvSchedule &schedule);

// Channels of the last map that a block computes, of so many: whole register tiles.
std::int64_t sliceChannels(std::int64_t maps, const GpuMlpconvSchedule &schedule);

// Shared memory of a block, when what is dead makes room.
std::int64_t sharedBytesOf(const KernelSpec &spec, const GpuMlpconvSchedule &schedule);

} // namespace ninc

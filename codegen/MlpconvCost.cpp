// The default schedule of a fused mlpconv.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "codegen/MlpconvSchedule.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

struct Tile {
  int vectors = 1, pixels = 1;
};

// A block is a multiple of every tile, so their least common multiple must stay small.
constexpr int largestStep = 24;
constexpr int largestTilePixels = 14;
// A tile that crosses the end of a row needs one address register a pixel; beyond this many they spill.
constexpr int largestCrossingTile = 6;
// FMA latency (4 to 5 cycles on the x86 cores since Skylake, 4 on Neoverse) times FMAs started a cycle (2).
constexpr double accumulatorsToHideLatency = 8;

// The cost of one multiply-add of a tile of v vectors by t pixels, relative to the FMA units' limit:
//   waste    padded channels and pixels computed for nothing
//   latency  too few accumulators to keep the FMA units busy
//   loads    v weight vectors and t broadcasts feed v*t FMAs; two loads start a cycle, as many as FMAs, so
//            more than one an FMA binds, and fewer still cost issue slots
//   stream   a weight panel that L1 doesn't hold comes from L2 once a tile: v*lanes*4 bytes for v*t/2 cycles
//   crosses  extra address arithmetic
// The constants 0.3, 0.01 and 1.03 were fitted to sweeps over the stages of the CIFAR-10 and ImageNet
// networks on an AVX-512 machine, in AVX-512 and AVX2 code (docs/performance.md).
double costOfTile(const Tile &tile, std::int64_t maps, std::int64_t reduction, std::int64_t pixels,
                  bool crosses, const Target &target) {
  double v = tile.vectors, t = tile.pixels;
  std::int64_t panel = tile.vectors * target.vectorLanes;
  double waste =
      double(roundUp(maps, panel)) / double(maps) * double(roundUp(pixels, tile.pixels)) / double(pixels);
  double latency = std::max(1.0, accumulatorsToHideLatency / (v * t));
  double loads = (v + t) / (v * t);
  bool panelFitsL1 = 4 * reduction * panel <= target.l1Bytes * 3 / 4;
  double stream = panelFitsL1 ? 0.0 : 0.01 * std::max(0.0, 8.0 * target.vectorLanes / t - 16);
  return waste * latency * (std::max(1.0, loads) + 0.3 * loads + stream) * (crosses ? 1.03 : 1.0);
}

// `rowLength` is the maps' width where the convolution reads a window (tiles that cross rows cost), else 0.
Tile chooseTile(std::int64_t maps, std::int64_t reduction, std::int64_t pixels, std::int64_t rowLength,
                int step, const Target &target) {
  Tile best;
  double bestCost = std::numeric_limits<double>::max();
  for (int t = 1; t <= largestTilePixels; ++t) {
    if (std::lcm(step, t) > std::max(largestStep, step)) continue;
    bool crosses = rowLength > 0 && rowLength % t != 0 && t % rowLength != 0;
    if (crosses && t > largestCrossingTile) continue;
    for (int v = 1; v <= divideUp(maps, target.vectorLanes) && v * t + v + 1 <= target.vectorRegisters; ++v) {
      Tile tile{v, t};
      double cost = costOfTile(tile, maps, reduction, pixels, crosses, target);
      if (cost < bestCost) {
        bestCost = cost;
        best = tile;
      }
    }
  }
  return best;
}

// Bytes from beyond L2 that panels read besides the weights: a map that half of L2 doesn't hold is read again
// for each panel of the next convolution.
std::int64_t mapTraffic(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule,
                        const Target &target) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < geometry.layers.size(); ++i) {
    std::int64_t read = 4 * (i == 0 ? geometry.channels * geometry.height * geometry.width
                                    : geometry.maps(i - 1) * geometry.pixels());
    std::int64_t panels =
        divideUp(geometry.maps(i), std::int64_t{schedule.panelVectors[i]} * target.vectorLanes);
    if (read > target.l2Bytes / 2) bytes += panels * read;
  }
  return bytes;
}

// Bytes that the inner maps of a block may take. Weights that stay in L2 are cheap to read again for the next
// block, so the maps keep to what L1 and a part of L2 hold; larger blocks measured slower. Weights from
// beyond L2 are read once a block: as few blocks as half of L2 allows.
std::int64_t scratchFor(std::int64_t weightBytes, const Target &target) {
  constexpr std::int64_t resident = 64 << 10, most = 512 << 10;
  if (weightBytes <= target.l2Bytes / 2) return resident;
  return std::clamp<std::int64_t>(target.l2Bytes / 2, resident, most);
}

} // namespace

MlpconvSchedule defaultMlpconvSchedule(const KernelSpec &spec, Arithmetic) {
  MlpconvGeometry geometry(spec);
  const Target &target = spec.target;
  MlpconvSchedule schedule;
  std::int64_t scratchOfPixel = 0, weightBytes = 0;
  int step = 1;
  for (std::size_t i = 0; i < geometry.layers.size(); ++i) {
    Tile tile = chooseTile(geometry.maps(i), geometry.reduction(i), geometry.pixels(),
                           i == 0 ? geometry.columns : 0, step, target);
    schedule.panelVectors.push_back(tile.vectors);
    schedule.tilePixels.push_back(tile.pixels);
    step = std::lcm(step, tile.pixels);
    std::int64_t panel = tile.vectors * target.vectorLanes;
    weightBytes += 4 * roundUp(geometry.maps(i), panel) * geometry.reduction(i);
    bool last = i + 1 == geometry.layers.size();
    if (!last || geometry.pool())
      scratchOfPixel += 4 * roundUp(geometry.maps(i), panel);
    else if (geometry.accumulatesMean())
      scratchOfPixel += 4 * panel; // one panel at a time feeds the mean
  }

  std::int64_t steps = divideUp(geometry.pixels(), step);
  if (geometry.pool()) {
    schedule.blockPixels = static_cast<int>(roundUp(geometry.pixelsOfPooledRow(), step));
  } else {
    constexpr std::int64_t pixelsWithoutScratch = 48; // a plain convolution: enough work to hand out
    std::int64_t fits = scratchOfPixel == 0 ? pixelsWithoutScratch / step
                                            : scratchFor(weightBytes, target) / scratchOfPixel / step;
    // At least two blocks for the threads to share, where a map has enough pixels to be worth sharing.
    constexpr std::int64_t worthSharing = 64;
    std::int64_t share = geometry.pixels() >= worthSharing ? divideUp(steps, 2) : steps;
    std::int64_t most = std::clamp<std::int64_t>(fits, 1, share);
    // Of the sizes in the upper half of what fits, the one that computes the fewest surplus pixels.
    std::int64_t fewest = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t n = most; n >= std::max<std::int64_t>(1, most / 2); --n) {
      std::int64_t computed = divideUp(steps, n) * n;
      if (computed < fewest) {
        fewest = computed;
        schedule.blockPixels = static_cast<int>(n * step);
      }
    }
  }
  // Panels where they read less. Blocks re-read only weights that don't stay in L2.
  std::int64_t blocks = divideUp(geometry.pixels(), schedule.blockPixels);
  bool resident = weightBytes <= target.l2Bytes / 2;
  if (!geometry.pool() && !resident &&
      weightBytes + mapTraffic(geometry, schedule, target) <= blocks * weightBytes) {
    schedule.wholeLayers = static_cast<int>(geometry.layers.size());
    schedule.blockPixels = static_cast<int>(steps * step);
  }
  schedule.reductionUnroll = 4;
  schedule.parallel = schedule.wholeLayers > 0 || geometry.pixels() > schedule.blockPixels;
  return schedule;
}

} // namespace ninc

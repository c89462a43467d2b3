#include "codegen/schedule/mlpconv/MlpconvCost.h"

#include <algorithm>

#include "support/Arithmetic.h"

namespace ninc {

namespace {

// Bytes a cycle from L2 to a loop that meets them in order.
constexpr double bytesFromL2 = 24;
// Bytes a cycle of what another core has just written.
constexpr double bytesFromOtherCore = 2.5;

// FMA latency (4 to 5 cycles on the x86 cores since Skylake, 4 on Neoverse) times FMAs started a cycle (2).
constexpr double accumulatorsToHideLatency = 8;
constexpr double fmasOfCycle = 2;

// Cycles of one multiply-add of a tile of v vectors by t pixels, relative to the FMA units' limit:
//   latency  too few accumulators to keep the FMA units busy
//   loads    v weight vectors and t broadcasts feed v*t FMAs; two loads start a cycle, as many as FMAs, so
//            more than one an FMA binds, and fewer still cost issue slots
//   stream   a weight panel that L1 doesn't hold comes from L2 once a tile: v*lanes*4 bytes for v*t/2 cycles
//   ends     accumulators are set and stored once a tile
//   crosses  extra address arithmetic
//   spills   more accumulators, weights and one input than there are registers: some live in memory. In
//            AVX2 code a tile of 2x7 took 1.4 times what one of 2x6 takes a multiply-add
// The constants 0.3, 0.01, 1.03 and 3 were fitted to sweeps over the stages of the CIFAR-10 and ImageNet
// networks on an AVX-512 machine, in AVX-512 and AVX2 code (docs/performance.md).
double stretchOfTile(const RegisterTile &tile, std::int64_t reduction, bool crosses, const Target &target) {
  const double v = tile.vectors, t = tile.pixels;
  const double latency = std::max(1.0, accumulatorsToHideLatency / (v * t));
  const double loads = (v + t) / (v * t);
  const bool panelFitsL1 = 4 * reduction * tile.vectors * target.vectorLanes <= target.l1Bytes / 2;
  const double stream = panelFitsL1 ? 0.0 : 0.01 * std::max(0.0, 8.0 * target.vectorLanes / t - 16);
  const double ends = 3.0 / static_cast<double>(reduction);
  const bool spills = v * t + v + 1 > target.vectorRegisters;
  return latency * (std::max(1.0, loads) + 0.3 * loads + stream + ends) * (crosses ? 1.03 : 1.0) *
         (spills ? 1.4 : 1.0);
}

// Input of convolution i, all images.
double inputBytes(const MlpconvGeometry &geometry, std::size_t i) {
  const double elements =
      static_cast<double>(i == 0 ? geometry.images * geometry.channels * geometry.height * geometry.width
                                 : geometry.maps(i - 1) * geometry.allPixels());
  return 4 * elements;
}

// Reading `bytes` again and again: from L2 if they are few enough to stay there, else from beyond.
double rereadCycles(double bytes, double times, const Target &target) {
  if (times <= 0) return 0;
  return bytes * times / (bytes <= static_cast<double>(target.l2Bytes) / 2 ? bytesFromL2 : bytesFromBeyondL2);
}

// Reading `bytes` that `threads` threads have written in equal parts, once, by each of them.
double exchangeCycles(double bytes, int threads) {
  return bytes * (threads - 1) / threads / bytesFromOtherCore;
}

// Instructions of one-dimensional transforms by the number of frequencies n and outputs m, two of them a
// cycle: input, about 2.5 n; output, n additions of pairs and m n/2 multiply-adds.
double inputTransformCycles(double rows, double columns) {
  constexpr double instructionsOfEntry = 2.5;
  return rows * columns * (2 * instructionsOfEntry / 2 + 1); // and a store
}

double outputTransformCycles(const WinogradGeometry &w) {
  const double n = w.rows.frequencies(), l = w.columns.frequencies(), m = w.rows.outputs,
               k = w.columns.outputs;
  const double first = l * (n + m * n / 2), second = m * (l + k * l / 2);
  return (first + second) / 2 + n * l + 1.5 * m * k; // and loads, and stores with bias and activation
}

MlpconvCost winogradCost(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule,
                         const Target &target, int threads) {
  const WinogradGeometry w(geometry, *schedule.winograd);
  const RegisterTile tile{schedule.panelVectors[0], schedule.tilePixels[0]};
  const std::int64_t panel = schedule.panel(0, target), panels = divideUp(geometry.maps(0), panel);
  const std::int64_t groups = divideUp(w.tiles(), std::int64_t{schedule.groupTiles});
  const std::int64_t tiles = groups * schedule.groupTiles;
  const double frequencies = static_cast<double>(w.frequencies());
  const double share = unevenness(panels, threads) / threads;
  MlpconvCost cost;
  cost.sums = frequencies * share * cyclesOfSums(tile, geometry.maps(0), w.channels, tiles, false, target);
  cost.transforms = static_cast<double>(tiles * (w.channels / w.chunk(target.vectorLanes))) *
                        inputTransformCycles(w.rows.frequencies(), w.columns.frequencies()) / threads +
                    static_cast<double>(w.tiles() * panels * tile.vectors) * outputTransformCycles(w) * share;

  const double panelBytes = 4 * frequencies * static_cast<double>(w.channels * panel);
  const double transformedBytes = 4 * frequencies * static_cast<double>(w.channels * tiles);
  const double productBytes = 4 * frequencies * static_cast<double>(panel * schedule.groupTiles);
  const double passes = static_cast<double>(tiles / tile.pixels);
  cost.memory = streamCycles(panelBytes * static_cast<double>(panels) * share, cost.sums / passes);
  cost.memory += rereadCycles(panelBytes, static_cast<double>(panels * (groups - 1)), target) * share;
  cost.memory += rereadCycles(transformedBytes, static_cast<double>(panels + 1), target) * share;
  cost.memory += exchangeCycles(transformedBytes, threads);
  cost.memory += rereadCycles(productBytes, static_cast<double>(2 * panels * groups), target) * share;
  return cost;
}

} // namespace

double unevenness(std::int64_t pieces, int threads) {
  return static_cast<double>(divideUp(pieces, std::int64_t{threads}) * threads) / static_cast<double>(pieces);
}

bool crossesRows(int tile, std::int64_t rowLength) {
  return rowLength > 0 && rowLength % tile != 0 && tile % rowLength != 0;
}

double cyclesOfSums(const RegisterTile &tile, std::int64_t maps, std::int64_t reduction, std::int64_t rows,
                    bool crosses, const Target &target) {
  const std::int64_t panel = std::int64_t{tile.vectors} * target.vectorLanes;
  const double fmas = static_cast<double>(roundUp(maps, panel) / target.vectorLanes) *
                      static_cast<double>(roundUp(rows, std::int64_t{tile.pixels})) *
                      static_cast<double>(reduction);
  return fmas / fmasOfCycle * stretchOfTile(tile, reduction, crosses, target);
}

double streamCycles(double bytes, double sums) {
  return std::max(0.0, bytes / bytesFromBeyondL2 - sums);
}

double weightBytes(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule, std::size_t i,
                   const Target &target) {
  const std::int64_t panel = schedule.panel(i, target);
  return 4.0 * static_cast<double>(roundUp(geometry.maps(i), panel) * geometry.reduction(i));
}

std::int64_t blockCount(const MlpconvGeometry &geometry, const MlpconvSchedule &schedule) {
  if (geometry.pool()) return geometry.pooledRows;
  if (geometry.accumulatesMean())
    return geometry.images * divideUp(geometry.pixels(), std::int64_t{schedule.blockPixels});
  return divideUp(geometry.allPixels(), std::int64_t{schedule.blockPixels});
}

MlpconvCost predictCost(const MlpconvProblem &problem, const MlpconvSchedule &schedule, int threads) {
  const auto &[spec, geometry] = problem;
  const Target &target = spec.cpu();
  const std::size_t layers = geometry.layers.size();
  const bool allWhole = schedule.isWhole(layers - 1);
  const std::int64_t blocks = allWhole ? 1 : blockCount(geometry, schedule);
  const int sharing = schedule.parallel ? threads : 1;
  MlpconvCost cost;
  double blockWeights = 0; // of the layers in blocks
  for (std::size_t i = 0; i < layers; ++i) {
    if (i == 0 && schedule.winograd) {
      cost = winogradCost(geometry, schedule, target, sharing);
      continue;
    }
    const RegisterTile tile{schedule.panelVectors[i], schedule.tilePixels[i]};
    const bool whole = schedule.isWhole(i);
    const std::int64_t panels = divideUp(geometry.maps(i), schedule.panel(i, target));
    const std::int64_t pixels = whole ? geometry.allPixels() : blocks * schedule.blockPixels;
    const double share = unevenness(whole ? panels : blocks, sharing) / sharing;
    const bool crosses = i == 0 && crossesRows(tile.pixels, geometry.columns);
    const double sums =
        share * cyclesOfSums(tile, geometry.maps(i), geometry.reduction(i), pixels, crosses, target);
    cost.sums += sums;
    // Panels were shared by threads, so a whole map's channels come from all of them.
    const bool readsWhole = i > 0 && schedule.isWhole(i - 1);
    if (readsWhole) cost.memory += exchangeCycles(inputBytes(geometry, i) / (whole ? 1 : sharing), sharing);
    const double bytes = weightBytes(geometry, schedule, i, target);
    if (whole) {
      const std::int64_t passes = divideUp(pixels, std::int64_t{tile.pixels});
      cost.memory += streamCycles(bytes * share, sums / static_cast<double>(passes));
      // The map before is written once and read for each panel.
      const double reads = static_cast<double>(panels) + (i > 0 ? 1 : 0);
      cost.memory += rereadCycles(inputBytes(geometry, i), reads, target) * share;
    } else {
      blockWeights += bytes;
    }
  }
  // Threads read the blocks' weights each for themselves, and again for each block if L2 doesn't keep them;
  // what it keeps is in the stretch of the tiles.
  const double readings = blockWeights <= static_cast<double>(target.l2Bytes) / 2
                              ? 1
                              : std::max(1.0, static_cast<double>(blocks) / sharing);
  cost.memory += blockWeights * readings / bytesFromBeyondL2;
  return cost;
}

} // namespace ninc

// What the two halves of a device's mlpconv kernel, the algorithm (GpuMlpconvAlgorithm.cpp) and its schedule
// (GpuMlpconvLoops.cpp, GpuMlpconvEnds.cpp), have in common: sizes and functions.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "codegen/halide/gpu/GpuReductions.h"
#include "codegen/halide/shared/Operands.h"
#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "codegen/schedule/mlpconv/MlpconvGeometry.h"
#include "support/Arithmetic.h"

namespace ninc {

// Spec and schedule, which must outlive it, with the sizes that both halves ask for.
struct GpuMlpconvPlan {
  const KernelSpec &spec;
  const GpuMlpconvSchedule &schedule;
  MlpconvGeometry geometry;
  GpuTile tile;
  std::vector<GpuStretch> stretches;

  GpuMlpconvPlan(const KernelSpec &s, const GpuMlpconvSchedule &how)
      : spec(s), schedule(how), geometry(s), tile(geometry, how), stretches(stretchesOf(geometry, how)) {}

  std::size_t last() const { return geometry.layers.size() - 1; }
  std::int64_t lastMaps() const { return geometry.maps(last()); }
  int images() const { return toInt(geometry.images); }
  // Channels that go together: four f32 are the widest load there is.
  int vector() const { return std::min(schedule.threadChannels, 4); }

  // Maps as (channel, column, row, image).
  std::vector<Dimension> mapsView(const TensorType &type) const {
    std::vector<Dimension> view = logicalView(type);
    std::swap(view[1], view[2]);
    return withImages(std::move(view), type, geometry.images);
  }
  // The last maps leave the kernel as this result of the spec.
  bool isResult(std::size_t map) const { return map == last() && geometry.returnsMaps(); }
  std::size_t resultOfMaps() const { return geometry.gap() ? 1 : 0; }
  // Maps that leave the kernel are kept as its results are, the others as the device keeps what lies between.
  ElementType elementOfMap(std::size_t i) const {
    return isResult(i) ? spec.outputs[resultOfMaps()].element : spec.device().storage;
  }

  // What the epilogue reads: tiles of its own launch, or maps that one before has stored.
  bool poolsTiles() const { return ninc::poolsTiles(geometry, schedule); }
  bool sumsTiles() const { return ninc::sumsTiles(geometry, schedule); }
  bool hasSoftmax() const { return geometry.gap() && geometry.gap()->softmax; }
  // Too many means for softmax to read in shared memory go through memory, by a launch before.
  bool storesMeans() const {
    return hasSoftmax() && !(sumsTiles() && meansFitBlock(geometry, spec.device()));
  }
  // Tiles whose sums are added up for the means.
  int tilesAcross() const { return toInt(divideUp(geometry.columns, schedule.blockColumns)); }
  int tilesDown() const { return toInt(divideUp(geometry.rows, schedule.blockRows)); }
  bool isOneTile() const { return tilesAcross() == 1 && tilesDown() == 1; }

  // Threads that share a mean of stored maps.
  static constexpr int slicesOfMean = 8;
  SharedSoftmax softmax() const {
    return {.channels = toInt(lastMaps()), .positions = 1, .images = images(), .threads = gpuThreadsOfMean};
  }
};

struct GpuConvolution {
  Halide::Func sum, map; // (channel, column, row, image)
  Halide::RDom window;   // channel, column, row
};

// The functions of the kernel, as far as the op needs them; the others are undefined.
struct GpuMlpconvAlgorithm {
  Halide::Var c{"c"}, x{"x"}, y{"y"}, n{"n"}; // channel, column, row, image
  Halide::Var i{"i"}, j{"j"};                 // row and column of pooled maps
  Halide::Func patch;                         // (c, x, y, n): the input as windows read it
  std::vector<GpuConvolution> convolutions;
  // Of the pointwise epilogue: what an element of the last maps becomes at (c, x, y, n). Empty for others.
  std::function<Halide::Expr(const Halide::Expr &element)> chain;
  PooledMaps pool; // of the pool epilogue, (c, i, j, n)

  // Of the GAP epilogue, as what follows.
  Halide::Var tileColumn{"tile_column"}, tileRow{"tile_row"};
  Halide::Func totalOfTile; // (c, n, tileColumn, tileRow), where tiles are summed
  Halide::Func sumsOfTiles; // the same, finished; made by the schedule
  // total: (c, n), of all pixels; in slices of them where maps are stored, else of the tiles (then there is
  // no partial)
  SlicedFold sum;
  Halide::Func mean;                    // (c, n)
  Halide::Var position{"position"};     // the one of softmax
  std::vector<SlicedFold> softmaxFolds; // the largest of the means, the sum of their exponentials

  Halide::Func result; // the epilogue's: (c, i, j, n) of pools, (c, n) of means, (c, position, n) of softmax
};

// What is computed. Declares the operands and the weights.
GpuMlpconvAlgorithm defineGpuMlpconv(const GpuMlpconvPlan &plan, Arguments &arguments);

// In which order, and what lives where: the launches that store maps, then what the epilogue asks for.
void scheduleGpuMlpconv(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a);
// The epilogue's launches.
void scheduleGpuEnds(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a);
// The maps of convolutions begin ... end-1, and the patch before the first, each for the tile of one block:
// `block` of `consumer`.
void scheduleInBlock(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a, Halide::Func consumer,
                     const Halide::Var &block, std::size_t begin, std::size_t end);

// f's variables run from 0 over so many.
void boundTo(Halide::Func f, const std::vector<Halide::Var> &variables,
             const std::vector<std::int64_t> &extents);

} // namespace ninc

// What the two halves of the mlpconv kernel, the algorithm (MlpconvAlgorithm.cpp, WinogradAlgorithm.cpp) and
// its schedule (MlpconvLoops.cpp, WinogradLoops.cpp), have in common: sizes and functions.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>

#include "codegen/halide/shared/PoolWindows.h"
#include "codegen/halide/shared/Softmax.h"
#include "codegen/halide/shared/Views.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
#include "support/Arithmetic.h"

namespace ninc {

// Spec and schedule with the sizes that both halves below ask for.
struct MlpconvPlan {
  const KernelSpec &spec;
  const MlpconvSchedule &schedule;
  MlpconvGeometry geometry;
  std::optional<WinogradGeometry> winograd;
  bool copiesInput;

  MlpconvPlan(const KernelSpec &s, const MlpconvSchedule &how)
      : spec(s), schedule(how), geometry(s),
        copiesInput(how.winograd || s.inputs[0].layout != Layout::hwc || isAsApplicationsHave(s.inputs[0]) ||
                    geometry.layers[0].window.pad != Padding{}) {
    if (how.winograd) winograd.emplace(geometry, *how.winograd);
  }

  std::size_t layers() const { return geometry.layers.size(); }
  std::size_t last() const { return layers() - 1; }
  int lanes() const { return spec.cpu().vectorLanes; }
  int panel(std::size_t i) const { return toInt(schedule.panel(i, spec.cpu())); }
  int paddedMaps(std::size_t i) const { return toInt(roundUp(geometry.maps(i), panel(i))); }
  int images() const { return toInt(geometry.images); }
  int pixels() const { return toInt(geometry.pixels()); } // of one image
  int allPixels() const { return toInt(geometry.allPixels()); }
  int block() const { return schedule.blockPixels; }
  // Blocks of all images; of each image where means are summed, since a block then belongs to one image.
  int blocks() const {
    if (isAllWhole()) return 1;
    return toInt(divideUp(geometry.accumulatesMean() ? geometry.pixels() : geometry.allPixels(), block()));
  }
  bool isWhole(std::size_t i) const { return schedule.isWhole(i); }
  bool isAllWhole() const { return isWhole(last()); }
  bool isWinograd(std::size_t i) const { return i == 0 && winograd; }
  // Of a map that exists as a whole: all pixels, and as many more as those who read it in tiles and blocks
  // ask for. (A pool may ask for fewer, but a Winograd convolution makes them all.)
  int wholePixels() const {
    if (isAllWhole()) return block();
    std::int64_t end = std::int64_t{blocks()} * block();
    if (geometry.accumulatesMean()) end += (geometry.images - 1) * geometry.pixels();
    if (const PoolEpilogue *pool = geometry.pool())
      end = (geometry.pooledRows - 1) * pool->window.stride[0] * geometry.columns + block();
    end = std::max(end, geometry.allPixels());
    int step = 1;
    for (std::size_t i = 0; i < layers(); ++i)
      if (isWhole(i) && !isWinograd(i)) step = std::lcm(step, schedule.tilePixels[i]);
    return toInt(roundUp(end, step));
  }
  // The padded input: what the windows read, or the phases that Winograd's tiles read.
  int paddedChannels() const { return toInt(winograd ? winograd->channels : geometry.channels); }
  int paddedHeight() const { return toInt(winograd ? winograd->paddedHeight : geometry.paddedHeight()); }
  int paddedWidth() const { return toInt(winograd ? winograd->paddedWidth : geometry.paddedWidth()); }
  int chunk() const { return toInt(winograd->chunk(lanes())); }
  int chunks() const { return toInt(winograd->channels / chunk()); }
  // Channels of the means: blocks sum up padded ones too; behind stored maps there are none to read.
  int meanWidth() const {
    return geometry.accumulatesMean() ? paddedMaps(last()) : toInt(geometry.maps(last()));
  }
  bool parallelBlocks() const { return schedule.parallel && !isAllWhole(); }
  bool parallelPanels() const { return schedule.parallel && isAllWhole(); } // of the last layer
};

struct MlpconvConvolution {
  // (channel in panel, reduction, panel); Winograd: (channel in panel, channel, frequency, panel)
  Halide::ImageParam weights;
  Halide::ImageParam bias; // (channel)
  Halide::Func sum, map;   // (channel, pixel); a Winograd convolution has no `sum`
  Halide::RDom window;     // (along a row, between columns, between rows)
};

// A Winograd convolution on its way from the padded input to its map. A frequency is a pair: k along the
// columns of a patch (a frequency of its rows' transform), l along its rows.
struct WinogradFunctions {
  Halide::Var t{"t"}, k{"k"}, l{"l"}, i{"i"}, j{"j"}; // tile, frequencies, row and column in the tile
  Halide::Var chunk{"chunk"};                         // of channels
  Halide::Func inputRows;                             // (channel, column of the patch, t, k)
  // (channel of a chunk, t, chunk, l, k): at one frequency the tiles' chunks lie next to one another, so that
  // a register tile reads one stretch of memory front to back. Half of it comes from another core's cache.
  Halide::Func input;
  Halide::Func sum, products; // (channel, t, l, k)
  Halide::Func outputRows;    // (channel, t, i, l)
  Halide::Func outputs;       // (channel, t, i, j)
  Halide::RDom channel;       // x: of a chunk, y: chunk
  Halide::RDom place;         // x: column in the tile, y: row in the tile, z: tile
};

// The functions of the kernel, as far as the op needs them; the others are undefined.
struct MlpconvAlgorithm {
  Halide::Var c{"c"}, p{"p"}, n{"n"};       // channel, pixel of all images, image
  Halide::Var row{"row"}, column{"column"}; // of pooled maps
  Halide::Var along{"along"}, y{"y"};       // of the padded input: column * channels + channel, row
  Halide::Func padded;                      // (along, y, n)
  WinogradFunctions winograd;
  std::vector<MlpconvConvolution> convolutions;
  // Of the pointwise epilogue: what an element of the last maps becomes. Empty for others.
  std::function<Halide::Expr(const Halide::Expr &element, const Halide::Expr &pixel)> chain;
  PooledMaps pool;           // of the pool epilogue
  Halide::RDom everyPixel;   // of the GAP epilogue, as what follows
  Halide::Func total, mean;  // (channel, n)
  SoftmaxFunctions softmax;  // of the means: (channel, n) and (n)
  Halide::Func totalOfBlock; // (channel, n, block); made by the schedule
  Halide::Func output;       // the first result
};

// What is computed. Declares the operands and the weights.
MlpconvAlgorithm defineMlpconv(const MlpconvPlan &plan, Arguments &arguments);
// The element of map i, of channel a.c, that leaves convolution i with this sum.
Halide::Expr elementOfMap(const MlpconvPlan &plan, const MlpconvAlgorithm &a, std::size_t i,
                          const Halide::Expr &sum, const Halide::Expr &pixel);
// The first convolution by Winograd's transforms, from a.padded, which holds phases.
MlpconvConvolution defineWinograd(const MlpconvPlan &plan, MlpconvAlgorithm &a, Arguments &arguments);

// In which order, and what lives where.
void scheduleMlpconv(const MlpconvPlan &plan, MlpconvAlgorithm &algorithm);
void scheduleWinograd(const MlpconvPlan &plan, MlpconvAlgorithm &a);

// The register tile at loop `at` of `consumer`: vectors of channels times pixels (or tiles of maps), summed
// over the whole reduction, its innermost loop first. Steps of one of these loops, `unrolled`, of `length`,
// are written out: at most what the schedule says, and a divisor of the length.
struct RegisterTileLoops {
  Halide::Var channel, pixel;
  std::vector<Halide::RVar> reduction;
  Halide::RVar unrolled;
  std::int64_t length = 1;
};
void scheduleRegisterTile(const MlpconvPlan &plan, Halide::Func sum, const RegisterTileLoops &loops,
                          Halide::Func consumer, Halide::Var at);

} // namespace ninc

// What the two halves of the mlpconv kernel, the algorithm (MlpconvAlgorithm.cpp) and its schedule
// (MlpconvLoops.cpp), have in common: sizes and functions.
#pragma once

#include "codegen/MlpconvSchedule.h"
#include "codegen/halide/PoolWindows.h"
#include "codegen/halide/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

// Spec and schedule with the sizes that both halves below ask for.
struct MlpconvPlan {
  const KernelSpec &spec;
  const MlpconvSchedule &schedule;
  MlpconvGeometry geometry;
  bool copiesInput;

  MlpconvPlan(const KernelSpec &s, const MlpconvSchedule &how)
      : spec(s), schedule(how), geometry(s),
        copiesInput(s.inputs[0].layout != Layout::hwc || geometry.layers[0].window.pad != Padding{}) {}

  std::size_t layers() const { return geometry.layers.size(); }
  int lanes() const { return spec.target.vectorLanes; }
  int panel(std::size_t i) const { return schedule.panelVectors[i] * lanes(); }
  int paddedMaps(std::size_t i) const { return toInt(roundUp(geometry.maps(i), panel(i))); }
  int pixels() const { return toInt(geometry.pixels()); }
  int block() const { return schedule.blockPixels; }
  int blocks() const { return toInt(divideUp(geometry.pixels(), block())); }
  bool inPanels() const { return schedule.order == MlpconvOrder::panels; }
  bool parallelBlocks() const { return schedule.parallel && !inPanels(); }
  bool parallelPanels() const { return schedule.parallel && inPanels(); }
};

struct MlpconvConvolution {
  Halide::ImageParam weights; // (channel in panel, reduction, panel)
  Halide::ImageParam bias;    // (channel)
  Halide::Func sum, map;      // (channel, pixel)
  Halide::RDom window;        // (along a row, between columns, between rows)
};

// The functions of the kernel, as far as the op needs them; the others are undefined.
struct MlpconvAlgorithm {
  Halide::Var c{"c"}, p{"p"};
  Halide::Var row{"row"}, column{"column"}; // of pooled maps
  Halide::Var along{"along"}, y{"y"};       // of the padded input: column * channels + channel, row
  Halide::Func padded;                      // (along, y)
  std::vector<MlpconvConvolution> convolutions;
  PooledMaps pool;                                     // of the pool epilogue
  Halide::RDom everyPixel;                             // of the GAP epilogue, as what follows
  Halide::Func total, mean, largest, exponential, sum; // (channel); `largest` and `sum` are single numbers
  Halide::Func totalOfBlock;                           // (channel, block); made by the schedule
  Halide::Func output;                                 // the first result
};

// What is computed. Declares the operand and the weights.
MlpconvAlgorithm defineMlpconv(const MlpconvPlan &plan, Arguments &arguments);

// In which order, and what lives where.
void scheduleMlpconv(const MlpconvPlan &plan, MlpconvAlgorithm &algorithm);

} // namespace ninc

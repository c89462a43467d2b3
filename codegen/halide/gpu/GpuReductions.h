// Folds that several threads of a block share: how devices schedule dense layers, global averages and
// softmax, and the end of an mlpconv's kernel.
#pragma once

#include <algorithm>
#include <vector>

#include "codegen/halide/KernelPipeline.h"
#include "codegen/halide/shared/Folds.h"
#include "codegen/halide/shared/Softmax.h"
#include "codegen/schedule/gpu/GpuSchedule.h"

namespace ninc {

// Slice s folds the terms s, s + slices, ...; the total folds what the slices have. A slice without a term of
// its own changes nothing.
struct SlicedFold {
  Halide::Func partial; // (outputs..., slice)
  Halide::Func total;   // (outputs...)
  Halide::Var slice{"slice"};
};
SlicedFold foldInSlices(const Fold &fold, int slices);

// A Folder that folds in slices and puts what it has made into `folded`, or behind those of `folds`; either
// must outlive it.
Folder foldingInSlices(int slices, SlicedFold &folded);
Folder foldingInSlices(int slices, std::vector<SlicedFold> &folds);

// `result`, a function of (output, image) made of a sliced fold, becomes a launch: a block has
// schedule.results neighbouring outputs of one image. It may ask for terms of outputs beyond the last.
// Returns the loop over blocks.
Halide::Var scheduleSlicedFold(const SlicedFold &fold, Halide::Func result, const Halide::Var &output,
                               const Halide::Var &n, std::int64_t outputs, std::int64_t images,
                               const GpuReductionSchedule &schedule);

// A softmax whose folds are sliced among the threads of a block, one block a position: extents and threads.
struct SharedSoftmax {
  int channels = 1, positions = 1, images = 1;
  int threads = 1; // of a block

  // Slices beyond the channels would hold nothing.
  int slices() const { return std::min(threads, channels); }
};
// `result`, a function of (c, position, n) made of a softmax whose folds, the largest and the sum, have been
// sliced into softmax.slices(), becomes a launch. Returns the loop over blocks, for what x needs.
Halide::Var scheduleSharedSoftmax(const SharedSoftmax &softmax, const std::vector<SlicedFold> &folds,
                                  Halide::Func result, const Halide::Var &c, const Halide::Var &position,
                                  const Halide::Var &n);

} // namespace ninc

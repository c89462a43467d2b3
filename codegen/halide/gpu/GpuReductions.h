// Sums that several threads of a block share, and what is made of means: the parts of dense layers, global
// averages and softmax, and of the end of an mlpconv's kernel.
#pragma once

#include <functional>
#include <string>

#include "codegen/halide/Lowering.h"
#include "codegen/schedule/gpu/GpuSchedule.h"

namespace ninc {

// Over terms 0 ... count-1 of something that has `outputs` as its dimensions: slice s sums the terms s,
// s + slices, ...; the total sums the slices.
struct SlicedSum {
  Halide::Func partial; // (outputs..., slice)
  Halide::Func total;   // (outputs...)
  Halide::Var slice{"slice"};
};
SlicedSum sumInSlices(const std::string &name, const std::vector<Halide::Var> &outputs, int count, int slices,
                      const std::function<Halide::Expr(const Halide::Expr &term)> &term);

// `result`, a function of (output, image) made of a sliced sum, becomes a launch: a block has
// schedule.results neighbouring outputs of one image. It may ask for terms of outputs beyond the last.
// Returns the loop over blocks.
Halide::Var scheduleSlicedSum(SlicedSum &sums, Halide::Func result, const Halide::Var &output,
                              const Halide::Var &n, std::int64_t outputs, std::int64_t images,
                              const GpuReductionSchedule &schedule);

// softmax over the channels of each (position, image), by `threads` threads together. Exponentials are
// computed twice, for the sum and for the quotient: that is cheaper than a place to keep them. The result is
// kept as the spec keeps its result 0.
struct SharedSoftmax {
  Halide::Func tops, top, sums, sum; // of threads, then of all
  Halide::Func result;               // (channel, position, image)
};
SharedSoftmax defineSharedSoftmax(const KernelSpec &spec, const Halide::Func &x, const Halide::Var &c,
                                  const Halide::Var &position, const Halide::Var &n, int channels,
                                  int threads);
// A block a position: `result` becomes a launch. Returns the loop over blocks, for what x needs.
Halide::Var scheduleSharedSoftmax(SharedSoftmax &softmax, const Halide::Var &c, const Halide::Var &position,
                                  const Halide::Var &n, int positions, int images, int channels, int threads);

} // namespace ninc

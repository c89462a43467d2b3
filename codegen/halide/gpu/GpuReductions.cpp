#include "codegen/halide/gpu/GpuReductions.h"

#include <limits>

#include "codegen/halide/gpu/GpuFamilies.h"
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/GpuViews.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Math.h"
#include "codegen/halide/shared/Mean.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::MemoryType;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

namespace {

std::vector<Expr> with(const std::vector<Var> &variables, const Expr &last) {
  std::vector<Expr> all(variables.begin(), variables.end());
  all.push_back(last);
  return all;
}

} // namespace

SlicedSum sumInSlices(const std::string &name, const std::vector<Var> &outputs, int count, int slices,
                      const std::function<Expr(const Expr &)> &term) {
  SlicedSum sums;
  sums.partial = Func(name + "_partial");
  sums.total = Func(name);
  RDom step(0, divideUp(count, slices), name + "_step"), slice(0, slices, name + "_slice");
  const std::vector<Expr> ofSlice = with(outputs, sums.slice);
  const Expr index = step * slices + sums.slice;
  sums.partial(ofSlice) = 0.0f;
  const Expr value = term(Halide::min(index, count - 1));
  sums.partial(ofSlice) += count % slices == 0 ? value : Halide::select(index < count, value, 0.0f);
  sums.total(outputs) = 0.0f;
  sums.total(outputs) += sums.partial(with(outputs, slice));
  return sums;
}

Var scheduleSlicedSum(SlicedSum &sums, Func result, const Var &output, const Var &n, std::int64_t outputs,
                      std::int64_t images, const GpuReductionSchedule &schedule) {
  const Var tile("tile"), block("block"), thread("thread"); // one dimension of blocks: the others have few
  result.bound(output, 0, toInt(outputs))
      .bound(n, 0, toInt(images))
      .split(output, tile, thread, schedule.results, TailStrategy::GuardWithIf)
      .reorder(thread, tile, n)
      .fuse(tile, n, block)
      .gpu_threads(thread)
      .gpu_blocks(block)
      .never_partition_all();
  sums.total.compute_at(result, thread).store_in(MemoryType::Register);
  sums.partial.compute_at(result, block)
      .store_in(MemoryType::GPUShared)
      .bound_extent(output, schedule.results)
      .bound_extent(n, 1)
      .gpu_threads(output, sums.slice);
  sums.partial.update()
      .reorder(sums.partial.rvars(0)[0], output, sums.slice, n)
      .gpu_threads(output, sums.slice);
  return block;
}

LoweredKernel lowerGlobalAveragePoolOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  const std::int64_t channels = spec.inputs[0].shape[0];
  const int pixels = toInt(elementCount(spec.inputs[0].shape) / channels);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchChannelView(spec.inputs[0], spec.images));

  const Var c("c"), n("n");
  Func y("y");
  // The block's last channels may be none.
  const Expr channel = Halide::min(c, toInt(channels - 1));
  SlicedSum sums = sumInSlices("sum", {c, n}, pixels, schedule.slices,
                               [&](const Expr &pixel) { return termOfMean(x(channel, pixel, n), pixels); });
  y(c, n) = toResult(meanOf(sums.total(c, n), pixels), spec);

  scheduleSlicedSum(sums, y, c, n, channels, spec.images, schedule);
  arguments.result(y, withImages({{0, channels, 1}}, spec.outputs[0], spec.images));
  return arguments.take();
}

// Weights as [input][output], outputs padded.
LoweredKernel lowerDenseOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  const auto &dense = std::get<Dense>(spec.op);
  const std::int64_t inputs = spec.inputs[0].shape[0], outputs = dense.outFeatures,
                     padded = roundUp(outputs, gpuChannelPadding);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, withImages({{0, inputs, 1}}, spec.inputs[0], spec.images));
  Func weights = readWeights(arguments, spec, 0, {{0, padded, 1}, {0, inputs, padded}});
  ImageParam bias = arguments.weights(1, {{0, padded, 1}});

  const Var o("o"), n("n");
  Func y("y");
  // The block's last outputs may be none.
  const Expr column = Halide::min(o, toInt(padded - 1));
  SlicedSum sums = sumInSlices("sum", {o, n}, toInt(inputs), schedule.slices,
                               [&](const Expr &i) { return weights(column, i) * x(i, n); });
  y(o, n) = toResult(activate(dense.activation, sums.total(o, n) + bias(o)), spec);

  scheduleSlicedSum(sums, y, o, n, outputs, spec.images, schedule);
  arguments.result(y, withImages({{0, outputs, 1}}, spec.outputs[0], spec.images));
  return arguments.take();
}

SharedSoftmax defineSharedSoftmax(const KernelSpec &spec, const Func &x, const Var &c, const Var &position,
                                  const Var &n, int channels, int threads) {
  SharedSoftmax s{Func("tops"), Func("top"), Func("sums"), Func("sum"), Func("softmax")};
  const Var t("t");
  RDom step(0, divideUp(channels, threads), "step"), all(0, std::min(threads, channels), "all");
  const Expr channel = step * threads + t, clamped = Halide::min(channel, channels - 1);
  // A thread without a channel of its own sees the last one again, which changes no maximum.
  s.tops(t, position, n) = -std::numeric_limits<float>::max();
  s.tops(t, position, n) = Halide::max(s.tops(t, position, n), x(clamped, position, n));
  s.top(position, n) = s.tops(0, position, n);
  s.top(position, n) = Halide::max(s.top(position, n), s.tops(all, position, n));
  const auto above = [&](const Expr &ofChannel) {
    return exponential(x(ofChannel, position, n) - s.top(position, n));
  };
  s.sums(t, position, n) = 0.0f;
  s.sums(t, position, n) += Halide::select(channel < channels, above(clamped), 0.0f);
  s.sum(position, n) = 0.0f;
  s.sum(position, n) += s.sums(all, position, n);
  s.result(c, position, n) = toResult(above(c) / s.sum(position, n), spec);
  return s;
}

Var scheduleSharedSoftmax(SharedSoftmax &s, const Var &c, const Var &position, const Var &n, int positions,
                          int images, int channels, int threads) {
  const Var round("round"), thread("thread"), block("block");
  s.result.bound(c, 0, channels)
      .bound(position, 0, positions)
      .bound(n, 0, images)
      .split(c, round, thread, threads, TailStrategy::GuardWithIf)
      .reorder(round, thread, position, n)
      .fuse(position, n, block)
      .gpu_threads(thread)
      .gpu_blocks(block)
      .never_partition_all();
  for (Func perThread : {s.tops, s.sums}) {
    const Var t = perThread.args()[0];
    perThread.compute_at(s.result, block).store_in(MemoryType::GPUShared).bound(t, 0, threads).gpu_threads(t);
    perThread.update().reorder(perThread.rvars(0)[0], t).gpu_threads(t);
  }
  for (Func ofAll : {s.top, s.sum}) {
    ofAll.compute_at(s.result, block).store_in(MemoryType::GPUShared).gpu_threads(position);
    ofAll.update().gpu_threads(position);
  }
  return block;
}

LoweredKernel lowerSoftmaxOnGpu(const KernelSpec &spec, const GpuReductionSchedule &schedule) {
  const std::vector<Dimension> view = batchChannelView(spec.inputs[0], spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, view);

  const Var c("c"), position("position"), n("n");
  const int threads = schedule.results * schedule.slices, channels = toInt(view[0].extent);
  SharedSoftmax softmax = defineSharedSoftmax(spec, x, c, position, n, channels, threads);
  scheduleSharedSoftmax(softmax, c, position, n, toInt(view[1].extent), toInt(spec.images), channels,
                        threads);
  arguments.result(softmax.result, batchChannelView(spec.outputs[0], spec.images));
  return arguments.take();
}

} // namespace ninc

#include "codegen/halide/gpu/GpuReductions.h"

#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::MemoryType;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

SlicedFold foldInSlices(const Fold &fold, int slices) {
  SlicedFold sliced{Func(fold.name + "_partial"), Func(fold.name)};
  RDom step(0, divideUp(fold.count, slices), fold.name + "_step"), slice(0, slices, fold.name + "_slice");
  const auto ofSlice = [&](const Expr &number) -> Expr {
    std::vector<Expr> place = expressions(fold.outputs);
    place.push_back(number);
    return sliced.partial(place);
  };
  std::vector<Var> variables = fold.outputs;
  variables.push_back(sliced.slice);
  const bool sums = fold.kind == FoldKind::sum;
  const Expr index = step * slices + sliced.slice;
  Expr term = fold.term(Halide::min(index, fold.count - 1));
  // The last term once more changes no maximum.
  if (sums && fold.count % slices != 0) term = Halide::select(index < fold.count, term, 0.0f);
  // A maximum begins with a term of the slice's own, or with the last one once more; the total with a
  // slice's.
  sliced.partial(variables) = sums ? Expr(0.0f) : fold.term(Halide::min(sliced.slice, fold.count - 1));
  sliced.partial(variables) = foldTogether(fold.kind, ofSlice(sliced.slice), term);
  sliced.total(fold.outputs) = sums ? fold.first : ofSlice(0);
  sliced.total(fold.outputs) =
      foldTogether(fold.kind, sliced.total(expressions(fold.outputs)), ofSlice(slice));
  return sliced;
}

Folder foldingInSlices(int slices, SlicedFold &folded) {
  return [slices, &folded](const Fold &fold) {
    folded = foldInSlices(fold, slices);
    return folded.total;
  };
}

Folder foldingInSlices(int slices, std::vector<SlicedFold> &folds) {
  return [slices, &folds](const Fold &fold) {
    folds.push_back(foldInSlices(fold, slices));
    return folds.back().total;
  };
}

Var scheduleSlicedFold(const SlicedFold &fold, Func result, const Var &output, const Var &n,
                       std::int64_t outputs, std::int64_t images, const GpuReductionSchedule &schedule) {
  const Var tile("tile"), block("block"), thread("thread"); // one dimension of blocks: the others have few
  Func total = fold.total, partial = fold.partial;
  result.bound(output, 0, toInt(outputs))
      .bound(n, 0, toInt(images))
      .split(output, tile, thread, schedule.results, TailStrategy::GuardWithIf)
      .reorder(thread, tile, n)
      .fuse(tile, n, block)
      .gpu_threads(thread)
      .gpu_blocks(block)
      .never_partition_all();
  total.compute_at(result, thread).store_in(MemoryType::Register);
  storeInShared(partial, output);
  partial.compute_at(result, block)
      .bound_extent(output, schedule.results)
      .bound_extent(n, 1)
      .gpu_threads(output, fold.slice);
  partial.update().reorder(partial.rvars(0)[0], output, fold.slice, n).gpu_threads(output, fold.slice);
  return block;
}

Var scheduleSharedSoftmax(const SharedSoftmax &softmax, const std::vector<SlicedFold> &folds, Func result,
                          const Var &c, const Var &position, const Var &n) {
  const Var round("round"), thread("thread"), block("block");
  result.bound(c, 0, softmax.channels)
      .bound(position, 0, softmax.positions)
      .bound(n, 0, softmax.images)
      .split(c, round, thread, softmax.threads, TailStrategy::GuardWithIf)
      .reorder(round, thread, position, n)
      .fuse(position, n, block)
      .gpu_threads(thread)
      .gpu_blocks(block)
      .never_partition_all();
  for (const SlicedFold &fold : folds) {
    Func partial = fold.partial, total = fold.total;
    storeInShared(partial, fold.slice);
    partial.compute_at(result, block).bound(fold.slice, 0, softmax.slices()).gpu_threads(fold.slice);
    partial.update().reorder(partial.rvars(0)[0], fold.slice).gpu_threads(fold.slice);
    storeInShared(total, position);
    total.compute_at(result, block).gpu_threads(position);
    total.update().gpu_threads(position);
  }
  return block;
}

} // namespace ninc

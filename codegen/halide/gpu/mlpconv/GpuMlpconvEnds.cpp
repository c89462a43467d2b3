// THE SCHEDULE of how a device's mlpconv kernel ends: its epilogue as the end of the last launch, where that
// has a tile's maps in shared memory, or as launches of its own over stored maps.
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/mlpconv/GpuMlpconvFunctions.h"

namespace ninc {

using namespace Halide;

namespace {

// A thread an element.
void scheduleStoredPool(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a) {
  constexpr int threadsOfPool = 256;
  const Var thread = scheduleGpuLoops(a.result, {a.c, a.i, a.j, a.n},
                                      logicalView(plan.spec.outputs[0], plan.spec), threadsOfPool);
  computePerThread(a.pool.folded, a.result, thread);
}

// The last launch pools its tiles.
void scheduleTilePool(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a) {
  const Var bx("bx"), by("by"), tx("tx"), ty("ty"), thread("thread"), round("round");
  Func result = a.result;
  boundTo(result, {a.c, a.j, a.i}, {plan.lastMaps(), plan.geometry.pooledColumns, plan.geometry.pooledRows});
  result.split(a.j, bx, tx, plan.schedule.blockColumns, TailStrategy::GuardWithIf)
      .split(a.i, by, ty, plan.schedule.blockRows, TailStrategy::GuardWithIf)
      .split(a.c, round, thread, plan.schedule.channelThreads, TailStrategy::GuardWithIf)
      .reorder({round, tx, ty, thread, bx, by, a.n})
      .gpu_threads(thread);
  const Var blocks = fuseAll(result, {bx, by, a.n});
  result.gpu_blocks(blocks).never_partition_all();
  computePerThread(a.pool.folded, result, round);
  scheduleInBlock(plan, a, result, blocks, plan.stretches.back().begin, plan.last() + 1);
}

// A launch of means; returns its loop over blocks. Those of stored maps have threads that share a sum; those
// of tiles' sums don't need them.
Var scheduleMeans(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a) {
  Func mean = a.mean, total = a.sum.total;
  if (!plan.sumsTiles())
    return scheduleSlicedFold(a.sum, mean, a.c, a.n, plan.lastMaps(), plan.geometry.images,
                              {gpuThreadsOfMean, GpuMlpconvPlan::slicesOfMean});
  const Var round("round"), thread("thread");
  boundTo(mean, {a.c, a.n}, {plan.lastMaps(), plan.geometry.images});
  mean.split(a.c, round, thread, gpuThreadsOfMean, TailStrategy::GuardWithIf)
      .reorder({round, thread, a.n})
      .gpu_threads(thread)
      .gpu_blocks(a.n)
      .never_partition_all();
  total.compute_at(mean, round).store_in(MemoryType::Register);
  return a.n;
}

// The launch that makes means, and softmax, of sums; returns its loop over blocks.
Var scheduleEnd(const GpuMlpconvPlan &plan, const GpuMlpconvAlgorithm &a) {
  if (!plan.hasSoftmax()) return scheduleMeans(plan, a);
  const Var block = scheduleSharedSoftmax(plan.softmax(), a.softmaxFolds, a.result, a.c, a.position, a.n);
  if (plan.storesMeans()) {
    scheduleMeans(plan, a);
    return block;
  }
  Func mean = a.mean, total = a.sum.total;
  const Var round("round"), thread("thread");
  storeInShared(mean, a.c);
  mean.compute_at(a.result, block)
      .bound(a.c, 0, toInt(plan.lastMaps()))
      .split(a.c, round, thread, gpuThreadsOfMean, TailStrategy::GuardWithIf)
      .reorder({round, thread})
      .gpu_threads(thread);
  total.compute_at(mean, round).store_in(MemoryType::Register);
  return block;
}

// The last launch sums its tiles. One tile's block goes on to the mean; several leave their sums for another
// launch.
void scheduleTileSums(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  Func total = a.totalOfTile;
  Func sums = total.in(); // the finished sums, so that one loop nest has blocks
  a.sumsOfTiles = sums;
  boundTo(sums, {a.c, a.tileColumn, a.tileRow}, {plan.lastMaps(), plan.tilesAcross(), plan.tilesDown()});
  const Var blockOfEnd = scheduleEnd(plan, a);
  if (plan.isOneTile()) {
    storeInShared(sums, a.c);
    sums.compute_at(a.result, blockOfEnd).bound_extent(a.n, 1);
  } else {
    sums.compute_root().bound(a.n, 0, plan.images());
  }
  const Var thread("thread"), round("round");
  sums.split(a.c, round, thread, plan.schedule.channelThreads, TailStrategy::GuardWithIf)
      .reorder({round, thread, a.tileColumn, a.tileRow, a.n})
      .gpu_threads(thread)
      .never_partition_all();
  total.compute_at(sums, round)
      .store_in(MemoryType::Register)
      .bound_extent(a.tileColumn, 1)
      .bound_extent(a.tileRow, 1);
  if (plan.isOneTile()) {
    scheduleInBlock(plan, a, a.result, blockOfEnd, plan.stretches.back().begin, plan.last() + 1);
    return;
  }
  const Var block = fuseAll(sums, {a.tileColumn, a.tileRow, a.n});
  sums.gpu_blocks(block);
  scheduleInBlock(plan, a, sums, block, plan.stretches.back().begin, plan.last() + 1);
}

} // namespace

void scheduleGpuEnds(const GpuMlpconvPlan &plan, GpuMlpconvAlgorithm &a) {
  if (plan.poolsTiles())
    scheduleTilePool(plan, a);
  else if (plan.sumsTiles())
    scheduleTileSums(plan, a);
  else if (plan.geometry.pool())
    scheduleStoredPool(plan, a);
  else if (plan.geometry.gap())
    scheduleEnd(plan, a);
}

} // namespace ninc

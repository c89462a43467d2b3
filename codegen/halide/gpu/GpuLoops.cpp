#include "codegen/halide/gpu/GpuLoops.h"

#include <algorithm>
#include <numeric>

#include "codegen/halide/shared/Views.h"
#include "codegen/schedule/gpu/GpuSchedule.h"

namespace ninc {

using Halide::Func;
using Halide::TailStrategy;
using Halide::Var;

Var fuseAll(Func f, const std::vector<Var> &variables) {
  Var all = variables.front();
  for (std::size_t i = 1; i < variables.size(); ++i) {
    Var fused("fused");
    f.fuse(all, variables[i], fused);
    all = fused;
  }
  return all;
}

Var scheduleGpuLoops(Func result, const std::vector<Var> &variables, const std::vector<Dimension> &view,
                     int threads) {
  const std::size_t neighbours = neighbourDimension(view);
  std::vector<std::size_t> order(view.size()); // dimensions, innermost first
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return i == neighbours ? 0 : view[i].stride; });
  std::vector<Var> loops;
  for (std::size_t i : order) {
    result.bound(variables[i], toInt(view[i].min), toInt(view[i].extent));
    loops.push_back(variables[i]);
  }
  std::vector<Halide::VarOrRVar> nest(loops.begin(), loops.end());
  if (nest.size() > 1) result.reorder(nest);
  const Var element = fuseAll(result, loops), block("block"), thread("thread");
  result.split(element, block, thread, threads, TailStrategy::GuardWithIf)
      .gpu_blocks(block)
      .gpu_threads(thread)
      .never_partition_all();
  return thread;
}

void storeInShared(Func f, const Var &variable) {
  f.store_in(Halide::MemoryType::GPUShared)
      .align_storage(variable, toInt(gpuSharedPiece / std::int64_t{f.type().bytes()}));
}

void computePerThread(Func reduction, Func consumer, Var at) {
  reduction.compute_at(consumer, at).store_in(Halide::MemoryType::Register).never_partition_all();
  reduction.update().never_partition_all();
}

} // namespace ninc

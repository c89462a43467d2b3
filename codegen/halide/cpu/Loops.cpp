#include "codegen/halide/cpu/Loops.h"

#include <algorithm>
#include <numeric>

#include "codegen/halide/shared/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

LoopNest scheduleLoops(Halide::Func result, const std::vector<Var> &variables,
                       const std::vector<Dimension> &view, const LoopSchedule &schedule) {
  const std::size_t neighbours = neighbourDimension(view);
  std::vector<std::size_t> order(view.size()); // dimensions, innermost first
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return i == neighbours ? 0 : view[i].stride; });

  Var task("task"), vectors("vectors"), lanes("lanes");
  const std::size_t outer = order.back();
  const std::int64_t extent = view[outer].extent;
  std::int64_t perTask = divideUp(extent, schedule.tasks);
  if (outer == neighbours) perTask = roundUp(perTask, schedule.vector);
  const bool tasks = perTask < extent;

  std::vector<VarOrRVar> loops;
  Var outerInside("within"), neighbour = variables[neighbours];
  if (tasks) {
    result.split(variables[outer], task, outerInside, toInt(perTask), TailStrategy::GuardWithIf);
    if (outer == neighbours) neighbour = outerInside;
  }
  result.split(neighbour, vectors, lanes, schedule.vector, TailStrategy::GuardWithIf);
  loops.insert(loops.end(), {lanes, vectors});
  for (std::size_t dimension : order)
    if (dimension != neighbours)
      loops.emplace_back(tasks && dimension == outer ? outerInside : variables[dimension]);
  if (tasks) loops.emplace_back(task);
  result.reorder(loops).vectorize(lanes).never_partition_all();
  if (tasks) result.parallel(task);
  const std::size_t next = order.size() > 1 ? order[1] : neighbours;
  const Var around = next == neighbours ? vectors : tasks && next == outer ? outerInside : variables[next];
  return {vectors, around};
}

void computePerVector(const Reduction &reduction, Halide::Func consumer, const Var &at,
                      const Var &neighbours) {
  Halide::Func func = reduction.func;
  func.compute_at(consumer, at)
      .store_in(Halide::MemoryType::Register)
      .vectorize(neighbours)
      .never_partition_all();
  std::vector<VarOrRVar> loops{neighbours};
  loops.insert(loops.end(), reduction.over.begin(), reduction.over.end());
  func.update().reorder(loops).vectorize(neighbours).never_partition_all();
}

} // namespace ninc

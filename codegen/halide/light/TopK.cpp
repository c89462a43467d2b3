// The largest elements, in order: each is the largest of those that come behind the one before it.
//
// An element and its number are one integer, so that one comparison has both: the element's bits, made such
// that they are ordered as numbers are, above the number's complement, so that of equal elements the first is
// the largest. No two are equal, so "behind the one before" is "less".
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::RDom;
using Halide::Var;

namespace {

constexpr std::int64_t beyondAll = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowBits = 0xffffffff;

struct TopKFunctions {
  Arguments arguments;
  std::vector<Var> position; // of a result; along the axis how many are larger
  std::size_t axis = 0;
  std::vector<Dimension> view; // of either result
  RDom steps = {};             // x: candidates, y: results along the axis
  Func best{"best"};           // of position: element and number
  Func numbers{"numbers"}, elements{"elements"};
};

// Ordered as the numbers are: 0 and -0 are one, NaNs the least.
Expr ordered(const Expr &element) {
  const Expr bits = Halide::reinterpret<std::int32_t>(element);
  const Expr magnitude = bits & Expr(std::numeric_limits<std::int32_t>::max());
  const Expr isNan = magnitude > Expr(std::int32_t{0x7f800000});
  return Halide::select(isNan, Expr(std::numeric_limits<std::int32_t>::min()),
                        Halide::select(bits < 0, -magnitude, magnitude));
}

std::vector<Expr> with(const std::vector<Var> &position, std::size_t axis, const Expr &along) {
  std::vector<Expr> place = expressions(position);
  place[axis] = along;
  return place;
}

// THE ALGORITHM
TopKFunctions defineTopK(const KernelSpec &spec) {
  const auto &op = std::get<TopK>(spec.op);
  TopKFunctions f{Arguments(spec), {}, static_cast<std::size_t>(op.axis), logicalView(spec.outputs[0], spec)};
  Func x = readOperand(f.arguments, spec, 0, logicalView(spec.inputs[0], spec));
  f.position = makeVariables(f.view.size()); // the image last, on a device
  f.steps = RDom(0, toInt(spec.inputs[0].shape[f.axis]), 0, toInt(op.count), "steps");
  f.best(f.position) = Expr(std::numeric_limits<std::int64_t>::min());
  const Expr number = f.steps.x, step = f.steps.y;
  const Expr candidate = (cast<std::int64_t>(ordered(x(with(f.position, f.axis, number)))) << 32) |
                         (Expr(lowBits) - cast<std::int64_t>(number));
  const Expr before =
      Halide::select(step == 0, Expr(beyondAll), f.best(with(f.position, f.axis, Halide::max(step - 1, 0))));
  const Expr sofar = f.best(with(f.position, f.axis, step));
  f.best(with(f.position, f.axis, step)) =
      Halide::select(candidate < before, Halide::max(sofar, candidate), sofar);
  const Expr found = f.best(expressions(f.position));
  f.numbers(f.position) = Expr(lowBits) - (found & Expr(lowBits));
  const Expr place = Halide::clamp(cast<std::int32_t>(Expr(lowBits) - (found & Expr(lowBits))), 0,
                                   toInt(spec.inputs[0].shape[f.axis] - 1));
  f.elements(f.position) = toResult(x(with(f.position, f.axis, place)), spec, 1);
  return f;
}

// THE SCHEDULE: what is found is stored, and then given out; one thread looks for all of one place.
void scheduleSearch(TopKFunctions &f, const Schedule &schedule) {
  std::vector<Var> others;
  for (std::size_t i = 0; i < f.position.size(); ++i)
    if (i != f.axis) others.push_back(f.position[i]);
  f.best.compute_root();
  for (std::size_t i = 0; i < f.position.size(); ++i)
    f.best.bound(f.position[i], toInt(f.view[i].min), toInt(f.view[i].extent));
  const auto *grid = std::get_if<GpuLoopSchedule>(&schedule.choice);
  std::vector<Halide::VarOrRVar> nest{f.steps.x, f.steps.y};
  nest.insert(nest.end(), others.begin(), others.end());
  f.best.update().reorder(nest).never_partition_all();
  if (!grid) return;
  scheduleGpuLoops(f.best, f.position, f.view, grid->threads);
  Var block("block"), thread("thread"), all = others.front(); // a device has images at least
  for (std::size_t i = 1; i < others.size(); ++i) {
    const Var fused("fused");
    f.best.update().fuse(all, others[i], fused);
    all = fused;
  }
  f.best.update()
      .split(all, block, thread, grid->threads, Halide::TailStrategy::GuardWithIf)
      .gpu_blocks(block)
      .gpu_threads(thread);
}

void scheduleResult(Func result, const TopKFunctions &f, const Schedule &schedule) {
  result.compute_root();
  if (const auto *grid = std::get_if<GpuLoopSchedule>(&schedule.choice))
    scheduleGpuLoops(std::move(result), f.position, f.view, grid->threads);
}

} // namespace

KernelPipeline buildTopK(const KernelSpec &spec, const Schedule &schedule) {
  TopKFunctions f = defineTopK(spec);
  scheduleSearch(f, schedule);
  scheduleResult(f.numbers, f, schedule);
  scheduleResult(f.elements, f, schedule);
  f.arguments.result(f.numbers, f.view, 0);
  f.arguments.result(f.elements, f.view, 1);
  // In the order of memory, without a gap: as the results lie.
  f.arguments.scratch(f.best, f.view);
  return f.arguments.take();
}

} // namespace ninc

// The product of two matrices, or of many pairs of them. On a CPU a register tile of some rows by some
// vectors of columns is held over the whole sum; a task takes some rows and goes panel by panel of columns,
// so that the second factor's panel stays in the cache while rows pass.
#include <algorithm>

#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/light/LightKernel.h"
#include "codegen/halide/light/LightKernels.h"
#include "codegen/halide/shared/Variables.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::MemoryType;
using Halide::RVar;
using Halide::TailStrategy;
using Halide::Var;
using Halide::VarOrRVar;

namespace {

struct Product {
  LightKernel kernel;
  Reduction sum;
  std::size_t row = 0, column = 0; // numbers of their variables; in front are matrices, behind may be images

  const Var &rows() const { return kernel.position[row]; }
  const Var &columns() const { return kernel.position[column]; }
  int extent(std::size_t dimension) const { return toInt(kernel.view[dimension].extent); }
  // All but the rows and columns.
  std::vector<Var> matrices() const {
    std::vector<Var> others;
    for (std::size_t i = 0; i < kernel.position.size(); ++i)
      if (i != row && i != column) others.push_back(kernel.position[i]);
    return others;
  }
};

// THE ALGORITHM. Tiles may reach beyond the last row and column: there they read the last one once more.
Product defineProduct(const KernelSpec &spec) {
  Arguments arguments(spec);
  const std::size_t rank = spec.outputs[0].shape.size(), row = rank - 2, column = rank - 1;
  Func a = readOperand(arguments, spec, 0, logicalView(spec.inputs[0], spec)), y("y");
  Func b = readOperand(arguments, spec, 1, logicalView(spec.inputs[1], spec));
  std::vector<Dimension> view = logicalView(spec.outputs[0], spec);
  const std::vector<Var> position = makeVariables(view.size()); // the image last, on a device
  const auto placeIn = [&](const TensorType &factor) {
    std::vector<Expr> place = expressions(position);
    for (std::size_t i = 0; i < row; ++i)
      if (factor.shape[i] == 1) place[i] = 0;
    return place;
  };
  const std::vector<Expr> inA = placeIn(spec.inputs[0]), inB = placeIn(spec.inputs[1]);
  const auto term = [&](const Expr &k) -> Expr {
    std::vector<Expr> left = inA, right = inB;
    left[row] = Halide::min(left[row], toInt(view[row].extent - 1));
    left[column] = right[row] = k;
    return a(left) * b(right);
  };
  Reduction sum =
      foldInOneLoop({"sum", FoldKind::sum, position, toInt(spec.inputs[0].shape[column]), 0.0f, term});
  y(position) = toResult(sum.func(expressions(position)), spec);
  return {{std::move(arguments), y, position, std::move(view)}, sum, row, column};
}

// Rows of a task in register tiles: enough tasks for few cores to be even, few enough for a panel of the
// second factor to be read for many rows.
int tilesOfTask(const Product &product, const TileSchedule &schedule) {
  if (!schedule.parallel) return divideUp(product.extent(product.row), schedule.tilePixels);
  constexpr int usualTasks = 16;
  std::int64_t tiles = divideUp(product.extent(product.row), schedule.tilePixels);
  for (std::size_t i = 0; i < product.row; ++i)
    tiles *= product.extent(i);
  return static_cast<int>(std::clamp<std::int64_t>(
      tiles / usualTasks, 1, divideUp(product.extent(product.row), schedule.tilePixels)));
}

// THE SCHEDULE on a CPU. The last vectors of columns are moved inwards, so that nothing beyond a row is read;
// rows beyond the last aren't stored.
void scheduleTiles(const Product &product, const TileSchedule &schedule) {
  Func y = product.kernel.result, sum = product.sum.func;
  const Var i = product.rows(), j = product.columns();
  const int panelSize = schedule.vector * schedule.vectors;
  Var panel("panel"), inPanel("inPanel"), vectors("vectors"), lanes("lanes"), task("task"), within("within"),
      tile("tile"), row("row");
  y.split(j, panel, inPanel, panelSize, TailStrategy::ShiftInwards)
      .split(inPanel, vectors, lanes, schedule.vector)
      .split(i, task, within, tilesOfTask(product, schedule) * schedule.tilePixels, TailStrategy::GuardWithIf)
      .split(within, tile, row, schedule.tilePixels, TailStrategy::GuardWithIf);
  std::vector<VarOrRVar> loops{lanes, vectors, row, tile, panel, task};
  const std::vector<Var> matrices = product.matrices();
  loops.insert(loops.end(), matrices.rbegin(), matrices.rend());
  y.reorder(loops).vectorize(lanes).unroll(vectors).unroll(row).never_partition_all();
  if (schedule.parallel) {
    Var all = task;
    for (auto matrix = matrices.rbegin(); matrix != matrices.rend(); ++matrix) {
      Var fused("fused");
      y.fuse(all, *matrix, fused);
      all = fused;
    }
    y.parallel(all);
  }
  std::vector<Var> inMemory{j, i}; // a tile's vectors are whole
  inMemory.insert(inMemory.end(), matrices.begin(), matrices.end());
  sum.compute_at(y, tile)
      .store_in(MemoryType::Register)
      .reorder_storage(inMemory)
      .bound_extent(i, schedule.tilePixels)
      .bound_extent(j, panelSize);
  for (const bool updates : {false, true}) {
    Var sumVectors("sumVectors"), sumLanes("sumLanes");
    Halide::Stage stage = updates ? sum.update() : Halide::Stage(sum);
    std::vector<VarOrRVar> order{sumLanes, sumVectors, i};
    if (updates) order.emplace_back(product.sum.over[0]);
    stage.split(j, sumVectors, sumLanes, schedule.vector)
        .reorder(order)
        .vectorize(sumLanes)
        .unroll(sumVectors)
        .unroll(i)
        .never_partition_all();
  }
}

} // namespace

KernelPipeline buildMatMul(const KernelSpec &spec, const Schedule &schedule) {
  Product product = defineProduct(spec);
  if (spec.isOnDevice()) {
    product.kernel.reductions = {product.sum};
    return scheduleElements(std::move(product.kernel), schedule);
  }
  scheduleTiles(product, std::get<TileSchedule>(schedule.choice));
  return finish(std::move(product.kernel));
}

} // namespace ninc

// A dense layer for one image: a matrix-vector product. Every weight is used once, so the speed is that of
// reading them: panels of outputs, each a run of memory read from front to back (PackWeights.cpp), while the
// panel's sums stay in registers.
#include "codegen/halide/cpu/Families.h"
#include "codegen/halide/shared/Activation.h"
#include "codegen/halide/shared/Views.h"
#include "support/Arithmetic.h"

namespace ninc {

using Halide::Func;
using Halide::ImageParam;
using Halide::RDom;
using Halide::TailStrategy;
using Halide::Var;

LoweredKernel lowerDense(const KernelSpec &spec, const DenseSchedule &schedule) {
  const auto &dense = std::get<Dense>(spec.op);
  const std::int64_t inputs = spec.inputs[0].shape[0], panelSize = schedule.panel();
  const std::int64_t panels = divideUp(dense.outFeatures, panelSize);
  Arguments arguments;
  ImageParam x = arguments.operand(0, lineView(spec.inputs[0]));
  ImageParam weights =
      arguments.weights(0, {{0, panelSize, 1}, {0, inputs, panelSize}, {0, panels, panelSize * inputs}});
  ImageParam bias = arguments.weights(1, {{0, panels * panelSize, 1}});

  // THE ALGORITHM
  Func sum("sum"), y("y");
  Var o("o");
  RDom i(0, toInt(inputs), "i");
  const auto width = toInt(panelSize);
  sum(o) = bias(o);
  sum(o) += weights(o % width, i, o / width) * x(i);
  y(o) = activate(dense.activation, sum(o));

  // THE SCHEDULE
  Var panel("panel"), inPanel("inPanel"), vectors("vectors"), lanes("lanes");
  y.split(o, panel, inPanel, width, TailStrategy::GuardWithIf)
      .split(inPanel, vectors, lanes, schedule.vector)
      .vectorize(lanes)
      .unroll(vectors)
      .never_partition_all();
  if (schedule.parallel) y.parallel(panel);
  sum.compute_at(y, panel).store_in(Halide::MemoryType::Register).bound_extent(o, width);
  Var sumVectors("sumVectors"), sumLanes("sumLanes");
  sum.split(o, sumVectors, sumLanes, schedule.vector)
      .vectorize(sumLanes)
      .unroll(sumVectors)
      .never_partition_all();
  sum.update()
      .split(o, sumVectors, sumLanes, schedule.vector)
      .reorder(sumLanes, sumVectors, i)
      .vectorize(sumLanes)
      .unroll(sumVectors)
      .never_partition_all();
  arguments.result(y, lineView(spec.outputs[0]));
  return arguments.take();
}

} // namespace ninc

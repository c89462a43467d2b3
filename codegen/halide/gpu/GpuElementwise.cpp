// A thread an element, where an output element depends on one element of each operand: activations,
// batch_norm, add and mul, and what only moves elements.
//
// Operand and output of the first may be one memory: each thread stores the element that it has loaded.
#include "codegen/halide/gpu/GpuFamilies.h"
#include "codegen/halide/gpu/GpuLoops.h"
#include "codegen/halide/gpu/GpuViews.h"
#include "codegen/halide/shared/Elements.h"
#include "codegen/halide/shared/Variables.h"

namespace ninc {

using Halide::Expr;
using Halide::Func;
using Halide::ImageParam;
using Halide::Var;

LoweredKernel lowerUnaryOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const bool alike = spec.inputs[0].layout == spec.outputs[0].layout && spec.constants.empty();
  auto view = alike ? batchLineView : batchChannelView;
  const std::vector<Dimension> outputView = view(spec.outputs[0], spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, view(spec.inputs[0], spec.images));

  Func y("y");
  const std::vector<Var> position = makeVariables(outputView.size());
  y(position) = toResult(element(spec.op, x(expressions(position))), spec);

  scheduleGpuLoops(y, position, outputView, schedule.threads);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerBatchNormOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const std::vector<Dimension> outputView = batchChannelView(spec.outputs[0], spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchChannelView(spec.inputs[0], spec.images));
  const std::array<ImageParam, 4> parameters = normalisation(arguments, spec.inputs[0].shape[0]);

  Func y("y");
  const std::vector<Var> position = makeVariables(outputView.size());
  const Var &c = position[0];
  y(position) = toResult(normalise(x(expressions(position)), parameters, c), spec);

  scheduleGpuLoops(y, position, outputView, schedule.threads);
  arguments.result(y, outputView);
  return arguments.take();
}

LoweredKernel lowerBinaryOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const TensorType &output = spec.outputs[0];
  const bool alike = spec.inputs[0] == output && spec.inputs[1] == output && spec.constants.empty();
  auto view = alike ? batchLineView : batchLogicalView;
  const std::vector<Dimension> outputView = view(output, spec.images);
  Arguments arguments = deviceArguments();
  const std::vector<Var> position = makeVariables(outputView.size());
  std::array<Expr, 2> elements;
  for (std::size_t operand = 0; operand < 2; ++operand) {
    const TensorType &type = spec.inputs[operand];
    Func x = readOperand(arguments, spec, operand, view(type, spec.images));
    std::vector<Expr> index = expressions(position); // extents of 1 stretch
    for (std::size_t i = 0; i < type.shape.size() && !alike; ++i)
      if (type.shape[i] == 1) index[i] = 0;
    elements[operand] = x(index);
  }

  Func y("y");
  y(position) = toResult(apply(std::get<Binary>(spec.op), elements[0], elements[1]), spec);

  scheduleGpuLoops(y, position, outputView, schedule.threads);
  arguments.result(y, outputView);
  return arguments.take();
}

// Each element asks which operand it comes from.
LoweredKernel lowerConcatOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const auto axis = static_cast<std::size_t>(std::get<Concat>(spec.op).axis);
  const std::vector<Dimension> outputView = batchLogicalView(spec.outputs[0], spec.images);
  Arguments arguments = deviceArguments();
  std::vector<Func> operands;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i)
    operands.push_back(readOperand(arguments, spec, i, batchLogicalView(spec.inputs[i], spec.images)));

  Func y("y");
  const std::vector<Var> position = makeVariables(outputView.size());
  Expr element;
  int end = toInt(spec.outputs[0].shape[axis]);
  for (std::size_t i = operands.size(); i-- > 0;) {
    const int extent = toInt(spec.inputs[i].shape[axis]), begin = end - extent;
    std::vector<Expr> index = expressions(position);
    index[axis] = Halide::clamp(position[axis] - begin, 0, extent - 1);
    const Expr own = operands[i](index);
    element = element.defined() ? Halide::select(position[axis] < end, own, element) : own;
    end = begin;
  }
  y(position) = toResult(element, spec);

  scheduleGpuLoops(y, position, outputView, schedule.threads);
  arguments.result(y, outputView);
  return arguments.take();
}

// Elements keep their number in row-major order of the logical shape.
LoweredKernel lowerReshapeOnGpu(const KernelSpec &spec, const GpuLoopSchedule &schedule) {
  const TensorType &input = spec.inputs[0], &output = spec.outputs[0];
  const std::vector<Dimension> outputView = batchChannelView(output, spec.images);
  Arguments arguments = deviceArguments();
  Func x = readOperand(arguments, spec, 0, batchChannelView(input, spec.images));
  const int inputPixels = toInt(elementCount(input.shape) / input.shape[0]);
  const int outputPixels = toInt(elementCount(output.shape) / output.shape[0]);

  Func y("y");
  const std::vector<Var> position = makeVariables(3); // channel, pixel, image
  const Expr number = position[0] * outputPixels + position[1];
  y(position) = toResult(x(number / inputPixels, number % inputPixels, position[2]), spec);

  scheduleGpuLoops(y, position, outputView, schedule.threads);
  arguments.result(y, outputView);
  return arguments.take();
}

} // namespace ninc

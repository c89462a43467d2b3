#include "codegen/halide/shared/Views.h"

#include <fmt/format.h>

#include "support/Arithmetic.h"

namespace ninc {

std::vector<Dimension> lineView(const TensorType &type) {
  return {{0, elementCount(type.shape), 1}};
}

std::vector<Dimension> channelView(const TensorType &type) {
  const std::int64_t channels = type.shape[0], others = elementCount(type.shape) / channels;
  if (type.layout == Layout::hwc) return {{0, channels, 1}, {0, others, channels}};
  return {{0, channels, others}, {0, others, 1}};
}

std::vector<Dimension> logicalView(const TensorType &type) {
  std::vector<std::int64_t> strides = stridesOf(type);
  std::vector<Dimension> view;
  for (std::size_t i = 0; i < strides.size(); ++i)
    view.push_back({0, type.shape[i], strides[i]});
  return view;
}

std::vector<Dimension> withImages(std::vector<Dimension> view, const TensorType &type, std::int64_t images) {
  view.push_back({0, images, elementCount(type.shape)});
  return view;
}

std::size_t neighbourDimension(const std::vector<Dimension> &view) {
  std::size_t found = 0;
  for (std::size_t i = 1; i < view.size(); ++i) {
    const Dimension &best = view[found], &candidate = view[i];
    if (candidate.stride == 1 && (best.stride != 1 || candidate.extent > best.extent)) found = i;
  }
  return found;
}

namespace {

ElementType elementOf(const Halide::Type &type) {
  return type.bytes() == 2 ? ElementType::f16 : ElementType::f32;
}

} // namespace

Halide::ImageParam Arguments::input(KernelArgument argument, Halide::Type type) {
  argument.element = elementOf(type);
  Halide::ImageParam parameter(type, static_cast<int>(argument.dimensions.size()),
                               fmt::format("argument{}", kernel_.arguments.size()));
  setDimensions(parameter, argument);
  kernel_.inputs.push_back(parameter);
  kernel_.arguments.push_back(std::move(argument));
  return parameter;
}

Halide::ImageParam Arguments::operand(std::size_t index, std::vector<Dimension> view, Halide::Type type) {
  return input({ArgumentRole::input, index, 0, std::move(view)}, type);
}

Halide::ImageParam Arguments::weights(std::size_t index, std::vector<Dimension> view, Halide::Type type) {
  return input({ArgumentRole::weights, index, 0, std::move(view)}, type);
}

void Arguments::output(Halide::Func map, KernelArgument argument) {
  argument.element = elementOf(map.type());
  setDimensions(map.output_buffer(), argument);
  outputs_.push_back(std::move(map));
  kernel_.arguments.push_back(std::move(argument));
}

void Arguments::scratch(Halide::Func map, std::vector<Dimension> view) {
  output(std::move(map), {ArgumentRole::scratch, scratchRegions_++, kernel_.scratchBytes, std::move(view)});
  kernel_.scratchBytes += roundUp(kernel_.arguments.back().bytes(), alignment_);
}

void Arguments::result(Halide::Func map, std::vector<Dimension> view, std::size_t index) {
  output(std::move(map), {ArgumentRole::output, index, 0, std::move(view)});
}

LoweredKernel Arguments::take() {
  kernel_.pipeline = Halide::Pipeline(outputs_);
  return std::move(kernel_);
}

} // namespace ninc

#include "codegen/halide/shared/Views.h"

#include <fmt/format.h>

#include "runtime/device/device.h"
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

std::vector<Dimension> lineView(const TensorType &type, const KernelSpec &spec) {
  return {{0, elementCount(type.shape) * (spec.isOnDevice() ? spec.images : 1), 1}};
}

std::vector<Dimension> lineOfEach(const TensorType &type, const KernelSpec &spec) {
  return spec.isOnDevice() ? withImages(lineView(type), type, spec.images) : lineView(type);
}

std::vector<Dimension> channelView(const TensorType &type, const KernelSpec &spec) {
  return spec.isOnDevice() ? withImages(channelView(type), type, spec.images) : channelView(type);
}

std::vector<Dimension> logicalView(const TensorType &type, const KernelSpec &spec) {
  return spec.isOnDevice() ? withImages(logicalView(type), type, spec.images) : logicalView(type);
}

std::size_t neighbourDimension(const std::vector<Dimension> &view) {
  std::size_t found = 0;
  for (std::size_t i = 1; i < view.size(); ++i) {
    const Dimension &best = view[found], &candidate = view[i];
    if (candidate.stride == 1 && (best.stride != 1 || candidate.extent > best.extent)) found = i;
  }
  return found;
}

ElementType elementOf(const Halide::Type &type) {
  if (type == Halide::Int(64)) return ElementType::i64;
  if (type == Halide::UInt(8)) return ElementType::u8;
  return type.bytes() == 2 ? ElementType::f16 : ElementType::f32;
}

namespace {

std::string_view nameOf(ArgumentRole role) {
  switch (role) {
  case ArgumentRole::input:
    return "an operand";
  case ArgumentRole::weights:
    return "a packed parameter";
  case ArgumentRole::scratch:
    return "an intermediate map";
  case ArgumentRole::output:
    return "a result";
  }
  return "an argument";
}

// Fixes a buffer's dimensions to what `argument` says, for an input's parameter or an output's buffer.
void setDimensions(Halide::OutputImageParam parameter, const KernelArgument &argument) {
  double reach = 1; // elements from the first to the last; in int64 a padded map's could overflow
  for (const Dimension &dimension : argument.dimensions)
    reach += static_cast<double>(dimension.extent - 1) * static_cast<double>(dimension.stride);
  expectAddressable(reach, nameOf(argument.role));
  for (std::size_t i = 0; i < argument.dimensions.size(); ++i) {
    const Dimension &dimension = argument.dimensions[i];
    parameter.dim(static_cast<int>(i))
        .set_bounds(toInt(dimension.min), toInt(dimension.extent))
        .set_stride(toInt(dimension.stride));
  }
}

} // namespace

Arguments::Arguments(const KernelSpec &spec)
    : alignment_(spec.isOnDevice() ? std::int64_t{NINC_DEVICE_ALIGNMENT} : Kernel::scratchRegionAlignment) {}

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

KernelPipeline Arguments::take() {
  kernel_.pipeline = Halide::Pipeline(outputs_);
  return std::move(kernel_);
}

} // namespace ninc

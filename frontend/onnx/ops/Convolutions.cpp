// Convolutions over maps and signals.
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Windows.h"

namespace ninc::onnx_import {

namespace {

// [O, C/groups, kH, kW] of a file's weights, those of a signal with one row.
Shape weightShape(const Dims &dims) {
  return dims.size() == 4 ? dims : Shape{dims[0], dims[1], 1, dims[2]};
}

void conv(NodeImport &node) {
  const Value maps = node.maps(0);
  const Literal weight = node.constant(1, "its weights");
  if (node.failed()) return;
  if (weight.dims.size() != node.input(0).dims.size())
    return node.refuse(
        fmt::format("its weights are {} for an input {}", textOf(weight.dims), textOf(node.input(0).dims)));
  const Shape shape = weightShape(weight.dims);
  ConvLayer layer;
  layer.outChannels = shape[0];
  if (node.attributes.has("kernel_shape"))
    if (const auto kernel = kernelOf(node);
        !node.failed() && (kernel[0] != shape[2] || kernel[1] != shape[3]))
      node.refuse(fmt::format("its kernel_shape is {}, but its weights are {}", toString(kernel),
                              textOf(weight.dims)));
  layer.window = windowOf(node, {shape[2], shape[3]});
  layer.groups = node.attributes.integer("group", 1);
  layer.hasBias = node.has(2);
  if (layer.hasBias) {
    const Literal bias = node.constant(2, "its bias");
    if (!node.failed() && static_cast<std::int64_t>(bias.count()) != shape[0])
      node.refuse(fmt::format("its bias is {} for {} outputs", textOf(bias.dims), shape[0]));
    if (node.failed()) return;
    layer.bias = parameterOf(bias, {shape[0]});
  }
  const std::int64_t channels = node.failed() ? 0 : node.builder().graph.type(maps).shape[0];
  if (!node.failed() &&
      (layer.groups < 1 || channels % layer.groups != 0 || shape[1] != channels / layer.groups))
    node.refuse(fmt::format("its weights are {} for {} channels in {} groups", textOf(weight.dims), channels,
                            layer.groups));
  if (node.failed()) return;
  layer.weight = parameterOf(weight, shape);
  giveMaps(node, node.append(Conv2d{std::move(layer)}, {maps}));
}

constexpr Operator table[] = {{"Conv", conv}};

} // namespace

std::span<const Operator> convolutionOperators() {
  return table;
}

} // namespace ninc::onnx_import

#include "frontend/onnx/ops/Windows.h"

#include <algorithm>
#include <fmt/format.h>

#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

using Pair = std::array<std::int64_t, 2>;

// Numbers along rows and columns; a signal has the latter alone.
Pair pairOf(NodeImport &node, std::string_view name, Pair otherwise) {
  const auto given = node.attributes.integers(name);
  if (!given) return otherwise;
  const std::size_t dimensions = node.input(0).dims.size();
  if (given->size() + 2 != dimensions || dimensions > 4) {
    node.refuse(
        fmt::format("its attribute '{}' has {} numbers for {} dimensions", name, given->size(), dimensions));
    return otherwise;
  }
  return given->size() == 2 ? Pair{(*given)[0], (*given)[1]} : Pair{otherwise[0], (*given)[0]};
}

// Numbers in front of and behind a map along one axis.
struct Sides {
  std::int64_t before = 0, behind = 0;
};

Sides samePadding(std::int64_t input, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                  bool upper) {
  if (stride < 1 || input < 1) return {};
  const std::int64_t outputs = (input - 1) / stride + 1;
  const std::int64_t all =
      std::max<std::int64_t>(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - input);
  const std::int64_t smaller = all / 2;
  return upper ? Sides{smaller, all - smaller} : Sides{all - smaller, smaller};
}

constexpr std::int64_t largest = std::int64_t{1} << 31;

bool areExtents(const Window &window) {
  for (int axis = 0; axis < 2; ++axis)
    for (std::int64_t number : {window.kernel[axis], window.stride[axis], window.dilation[axis]})
      if (number < 1 || number >= largest) return false;
  return true;
}

} // namespace

std::array<std::int64_t, 2> kernelOf(NodeImport &node) {
  if (!node.attributes.has("kernel_shape")) node.refuse("it doesn't say its kernel_shape");
  return pairOf(node, "kernel_shape", {1, 1});
}

Window windowOf(NodeImport &node, std::array<std::int64_t, 2> kernel) {
  Window window;
  window.kernel = kernel;
  window.stride = pairOf(node, "strides", {1, 1});
  window.dilation = pairOf(node, "dilations", {1, 1});
  const std::string automatic = node.attributes.text("auto_pad", "NOTSET");
  const auto pads = node.attributes.integers("pads");
  const Dims &dims = node.input(0).dims;
  if (node.failed() || dims.size() < 3 || dims.size() > 4) return window;
  if (!areExtents(window)) {
    node.refuse("its kernel, strides or dilations aren't all numbers from 1 to 2^31 - 1");
    return window;
  }
  const Pair extents{dims.size() == 4 ? dims[2] : 1, dims.back()};
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    Sides sides[2];
    for (int axis = 0; axis < 2; ++axis)
      sides[axis] = samePadding(extents[axis], kernel[axis], window.stride[axis], window.dilation[axis],
                                automatic == "SAME_UPPER");
    window.pad = {sides[0].before, sides[1].before, sides[0].behind, sides[1].behind};
  } else if (automatic == "NOTSET" || automatic.empty()) {
    if (!pads) return window;
    if (pads->size() != 2 * (dims.size() - 2))
      node.refuse(
          fmt::format("its attribute 'pads' has {} numbers for {} dimensions", pads->size(), dims.size()));
    else if (dims.size() == 4)
      window.pad = {(*pads)[0], (*pads)[1], (*pads)[2], (*pads)[3]};
    else
      window.pad = {0, (*pads)[0], 0, (*pads)[1]};
  } else if (automatic != "VALID") {
    node.refuse(fmt::format("its auto_pad is '{}'; there are NOTSET, SAME_UPPER, SAME_LOWER and VALID",
                            asLine(automatic, 40)));
  }
  return window;
}

void giveMaps(NodeImport &node, Value maps) {
  if (node.failed() || !maps) return;
  Dims dims = node.input(0).dims;
  const Shape shape = node.builder().graph.type(maps).shape;
  dims[1] = shape[0];
  dims.back() = shape[2];
  if (dims.size() == 4) dims[2] = shape[1];
  node.give(node.reshape(maps, node.shapeOf(dims)), dims);
}

} // namespace ninc::onnx_import

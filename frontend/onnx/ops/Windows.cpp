#include "frontend/onnx/ops/Windows.h"

#include <algorithm>
#include <fmt/format.h>

#include "support/Utf8.h"

namespace ninc::onnx_import {

namespace {

constexpr std::int64_t largest = std::int64_t{1} << 31;

std::size_t spatialRank(NodeImport &node) {
  const std::size_t rank = node.input(0).dims.size();
  return rank < 2 ? 0 : rank - 2;
}

// How much a window sees beyond `input` elements where it has as many results as there are strides in them.
std::int64_t missing(const SpatialWindow &window, std::size_t d, std::int64_t input) {
  const std::int64_t results = (input - 1) / window.stride[d] + 1;
  const std::int64_t seen = window.dilation[d] * (window.kernel[d] - 1) + 1;
  return std::max<std::int64_t>(0, (results - 1) * window.stride[d] + seen - input);
}

void readPads(NodeImport &node, SpatialWindow &window) {
  const std::size_t rank = window.kernel.size();
  const auto pads = node.attributes.integers("pads");
  if (!pads) return;
  if (pads->size() != 2 * rank)
    return node.refuse(fmt::format("its attribute 'pads' has {} numbers for {} dimensions", pads->size(),
                                   node.input(0).dims.size()));
  for (std::size_t d = 0; d < rank; ++d) {
    for (std::int64_t pad : {(*pads)[d], (*pads)[rank + d]})
      if (pad < 0 || pad >= largest) return node.refuse(fmt::format("one of its pads is {}", pad));
    window.before[d] = (*pads)[d];
    window.behind[d] = (*pads)[rank + d];
  }
}

} // namespace

Value spatial(NodeImport &node) {
  const Dims &dims = node.input(0).dims;
  if (node.failed()) return {};
  if (dims.size() < 3 || dims.size() > 5) {
    node.refuse(
        fmt::format("it slides over {}, a tensor of {} dimensions; signals [N, C, L], maps [N, C, H, W] and "
                    "volumes [N, C, D, H, W] are supported",
                    textOf(dims), dims.size()));
    return {};
  }
  if (node.isSplit()) return node.value(0);
  Shape shape(dims.begin() + 1, dims.end());
  shape[0] *= dims[0];
  return node.reshape(node.value(0), shape);
}

std::int64_t imagesOf(const NodeImport &node, const Dims &dims) {
  return node.isSplit() ? 1 : dims[0];
}

void giveSpatial(NodeImport &node, Value value) {
  if (node.failed() || !value) return;
  const std::int64_t images = imagesOf(node, node.input(0).dims);
  const Shape &shape = node.builder().graph.type(value).shape;
  Dims dims{node.input(0).dims[0]};
  dims.insert(dims.end(), shape.begin(), shape.end());
  dims[1] /= images;
  node.give(node.reshape(value, node.shapeOf(dims)), dims);
}

Shape spatialNumbers(NodeImport &node, std::string_view name, std::int64_t otherwise) {
  const std::size_t rank = spatialRank(node);
  Shape numbers(rank, otherwise);
  const auto given = node.attributes.integers(name);
  if (!given) return numbers;
  if (given->size() == rank) return {given->begin(), given->end()};
  node.refuse(fmt::format("its attribute '{}' has {} numbers for {} dimensions", name, given->size(),
                          node.input(0).dims.size()));
  return numbers;
}

Shape kernelOf(NodeImport &node) {
  if (!node.attributes.has("kernel_shape")) node.refuse("it doesn't say its kernel_shape");
  return spatialNumbers(node, "kernel_shape", 1);
}

Sides samePadding(std::int64_t all, bool upper) {
  const std::int64_t smaller = all / 2;
  return upper ? Sides{smaller, all - smaller} : Sides{all - smaller, smaller};
}

bool checkRange(NodeImport &node, const SpatialWindow &window) {
  for (const Shape *numbers : {&window.kernel, &window.stride, &window.dilation})
    if (!std::ranges::all_of(*numbers, [](std::int64_t number) { return number >= 1 && number < largest; })) {
      node.refuse("its kernel, strides or dilations aren't all numbers from 1 to 2^31 - 1");
      return false;
    }
  return !node.failed();
}

SpatialWindow windowOf(NodeImport &node, const Shape &kernel) {
  SpatialWindow window{kernel, spatialNumbers(node, "strides", 1), spatialNumbers(node, "dilations", 1),
                       Shape(kernel.size(), 0), Shape(kernel.size(), 0)};
  const std::string automatic = node.attributes.text("auto_pad", "NOTSET");
  node.attributes.pass("pads"); // which an auto_pad makes none of
  if (!checkRange(node, window)) return window;
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    for (std::size_t d = 0; d < kernel.size(); ++d) {
      const std::int64_t extent = node.input(0).dims[2 + d];
      if (extent < 1) continue;
      const Sides sides = samePadding(missing(window, d, extent), automatic == "SAME_UPPER");
      window.before[d] = sides.before;
      window.behind[d] = sides.behind;
    }
  } else if (automatic == "NOTSET" || automatic.empty()) {
    readPads(node, window);
  } else if (automatic != "VALID") {
    node.refuse(fmt::format("its auto_pad is '{}'; there are NOTSET, SAME_UPPER, SAME_LOWER and VALID",
                            asLine(automatic, 40)));
  }
  return window;
}

} // namespace ninc::onnx_import

// Windows of signals, maps and volumes made one number.
#include <algorithm>
#include <memory>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Windows.h"
#include "support/Arithmetic.h"

namespace ninc::onnx_import {

namespace {

PoolExtent extentOf(NodeImport &node) {
  return node.attributes.integer("ceil_mode", 0) != 0 ? PoolExtent::ceil : PoolExtent::floor;
}

// Two of a window's dimensions.
Window mapsWindow(const SpatialWindow &of, std::size_t rows, std::size_t columns) {
  return {{of.kernel[rows], of.kernel[columns]},
          {of.stride[rows], of.stride[columns]},
          {of.dilation[rows], of.dilation[columns]},
          {of.before[rows], of.before[columns], of.behind[rows], of.behind[columns]}};
}

// One of them, over rows or over columns.
Window lineWindow(const SpatialWindow &of, std::size_t dimension, std::size_t axis) {
  Window window;
  window.kernel[axis] = of.kernel[dimension];
  window.stride[axis] = of.stride[dimension];
  window.dilation[axis] = of.dilation[dimension];
  (axis == 0 ? window.pad.top : window.pad.left) = of.before[dimension];
  (axis == 0 ? window.pad.bottom : window.pad.right) = of.behind[dimension];
  return window;
}

// A pool of maps makes one of signals, which are a row, and of volumes, whose planes it pools and then each
// of their places along the depth: a largest number is the largest of largest ones, and as many numbers have
// a mean that is the mean of means, since how many a window has along the depth and in its plane don't hang
// on one another.
template <class PoolMaps>
void givePooled(NodeImport &node, Value x, const SpatialWindow &window, PoolMaps poolMaps) {
  if (node.failed() || !x) return;
  const auto shapeOf = [&](Value value) { return node.builder().graph.type(value).shape; };
  const Shape shape = shapeOf(x);
  if (window.kernel.size() == 2) return giveSpatial(node, poolMaps(x, mapsWindow(window, 0, 1)));
  if (window.kernel.size() == 1) {
    const Value y = poolMaps(node.reshape(x, {shape[0], 1, shape[1]}), lineWindow(window, 0, 1));
    if (!node.failed()) giveSpatial(node, node.reshape(y, {shape[0], shapeOf(y)[2]}));
    return;
  }
  const Value planes =
      poolMaps(node.reshape(x, {shape[0] * shape[1], shape[2], shape[3]}), mapsWindow(window, 1, 2));
  if (node.failed()) return;
  const Shape plane = shapeOf(planes);
  const Value lines = node.reshape(planes, {shape[0], shape[1], plane[1] * plane[2]});
  const Value y = poolMaps(lines, lineWindow(window, 0, 0));
  if (!node.failed()) giveSpatial(node, node.reshape(y, {shape[0], shapeOf(y)[1], plane[1], plane[2]}));
}

void maxPool(NodeImport &node) {
  const Value x = spatial(node);
  const SpatialWindow window = windowOf(node, kernelOf(node));
  const PoolExtent extent = extentOf(node);
  node.attributes.pass("storage_order"); // of the indices, which aren't given
  givePooled(node, x, window, [&](Value maps, const Window &of) {
    return node.append(MaxPool{of, extent}, {maps});
  });
}

// How many of a window's elements count along an axis, for each of its results: those inside the map, or
// inside its border too.
std::vector<float> counted(const Window &window, int axis, std::int64_t input, std::int64_t results,
                           bool countsPad) {
  const std::int64_t before = axis == 0 ? window.pad.top : window.pad.left;
  const std::int64_t behind = axis == 0 ? window.pad.bottom : window.pad.right;
  const std::int64_t first = countsPad ? -before : 0, end = countsPad ? input + behind : input;
  std::vector<float> counts;
  for (std::int64_t i = 0; i < results; ++i) {
    const std::int64_t place = i * window.stride[axis] - before; // of the first tap
    const auto tapsBelow = [&](std::int64_t border) {
      return std::min(divideUp(std::max<std::int64_t>(border - place, 0), window.dilation[axis]),
                      window.kernel[axis]);
    };
    counts.push_back(static_cast<float>(std::max<std::int64_t>(tapsBelow(end) - tapsBelow(first), 1)));
  }
  return counts;
}

// A mean of elements that aren't neighbours: the sum is a convolution a channel, and how many they are is
// known.
Value dilatedAverage(NodeImport &node, Value maps, Window window, PoolExtent extent, bool countsPad) {
  if (node.failed() || !maps) return {};
  const Shape shape = node.builder().graph.type(maps).shape;
  const std::int64_t rows = windowOutput(window, extent, 0, shape[1]),
                     columns = windowOutput(window, extent, 1, shape[2]);
  if (rows < 1 || columns < 1 || !node.roomFor({1, rows, columns}) ||
      !node.roomFor({shape[0], window.kernel[0], window.kernel[1]})) {
    node.refuse("its window leaves nothing of its input");
    return {};
  }
  std::vector<float> counts;
  const std::vector<float> across = counted(window, 1, shape[2], columns, countsPad);
  for (float down : counted(window, 0, shape[1], rows, countsPad))
    for (float each : across)
      counts.push_back(down * each);
  // The last windows of a ceiling pool reach beyond the border.
  const auto missing = [&](int axis, std::int64_t results, std::int64_t padded) {
    const std::int64_t seen = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    return std::max<std::int64_t>((results - 1) * window.stride[axis] + seen - padded, 0);
  };
  window.pad.bottom += missing(0, rows, shape[1] + window.pad.top + window.pad.bottom);
  window.pad.right += missing(1, columns, shape[2] + window.pad.left + window.pad.right);
  ConvLayer layer;
  layer.outChannels = layer.groups = shape[0];
  layer.window = window;
  layer.hasBias = false;
  Tensor ones{{shape[0], 1, window.kernel[0], window.kernel[1]}, {}};
  ones.data.assign(static_cast<std::size_t>(elementCount(ones.shape)), 1);
  layer.weight = std::make_shared<const Tensor>(std::move(ones));
  const Value sums = node.append(Conv2d{std::move(layer)}, {maps});
  const Value divisors =
      node.constantValue(makeReals({1, rows, columns}, std::move(counts)), {1, rows, columns});
  return node.append(Binary{BinaryKind::div}, {sums, divisors});
}

void averagePool(NodeImport &node) {
  const Value x = spatial(node);
  const SpatialWindow window = windowOf(node, kernelOf(node));
  const PoolExtent extent = extentOf(node);
  const bool countsPad = node.attributes.integer("count_include_pad", 0) != 0;
  givePooled(node, x, window, [&](Value maps, const Window &of) {
    if (of.dilation != Window{}.dilation) return dilatedAverage(node, maps, of, extent, countsPad);
    return node.append(AveragePool{of, extent, countsPad}, {maps});
  });
}

// [N, C, ...] -> [N, C, 1, ...], by maps whose rows are all but the last dimension.
template <class PoolMaps>
void giveGlobal(NodeImport &node, PoolMaps poolMaps) {
  const Value x = spatial(node);
  if (node.failed()) return;
  const Shape shape = node.builder().graph.type(x).shape;
  const std::int64_t columns = shape.back(), rows = elementCount(shape) / shape[0] / columns;
  Shape one(shape.size(), 1);
  one[0] = shape[0];
  giveSpatial(node, node.reshape(poolMaps(node.reshape(x, {shape[0], rows, columns}), rows, columns), one));
}

void globalAveragePool(NodeImport &node) {
  giveGlobal(
      node, [&](Value maps, std::int64_t, std::int64_t) { return node.append(GlobalAveragePool{}, {maps}); });
}

void globalMaxPool(NodeImport &node) {
  giveGlobal(node, [&](Value maps, std::int64_t rows, std::int64_t columns) {
    MaxPool pool;
    pool.window.kernel = {rows, columns};
    return node.append(std::move(pool), {maps});
  });
}

constexpr Operator table[] = {
    {"MaxPool", maxPool},
    {"AveragePool", averagePool},
    {"GlobalAveragePool", globalAveragePool},
    {"GlobalMaxPool", globalMaxPool},
};

} // namespace

std::span<const Operator> poolingOperators() {
  return table;
}

} // namespace ninc::onnx_import

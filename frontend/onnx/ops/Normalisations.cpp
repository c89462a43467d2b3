// Elements scaled by what stands beside them, or stood beside them in training.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"
#include "frontend/onnx/ops/Arithmetic.h"
#include "frontend/onnx/ops/Moves.h"
#include "frontend/onnx/ops/Reductions.h"
#include "frontend/onnx/ops/Windows.h"

namespace ninc::onnx_import {

namespace {

// [N, C, ...] as [C, ...], which ops with a number a channel take; [N C, ...] where the graph has no batch.
Value channelsFirst(NodeImport &node) {
  const Dims &dims = node.input(0).dims;
  if (node.failed()) return {};
  if (dims.size() < 2) {
    node.refuse(fmt::format("its input {} has no channels", textOf(dims)));
    return {};
  }
  if (node.isSplit()) return node.value(0);
  Shape shape(dims.begin() + 1, dims.end());
  shape[0] *= dims[0];
  return node.reshape(node.value(0), shape);
}

// A number a channel.
Parameter channelNumbers(NodeImport &node, std::size_t input, std::string_view what) {
  const Literal numbers = node.constant(input, what);
  if (node.failed()) return {};
  const std::int64_t channels = node.input(0).dims[1], images = imagesOf(node, node.input(0).dims);
  if (static_cast<std::int64_t>(numbers.count()) == channels &&
      (images == 1 || node.roomFor({images, channels})))
    return parameterOf(stretched(withDims(numbers, {1, channels}), {images, channels}), {images * channels});
  node.refuse(fmt::format("{} is {} for {} channels", what, textOf(numbers.dims), channels));
  return {};
}

void batchNormalization(NodeImport &node) {
  if (node.attributes.integer("spatial", 1) == 0)
    return node.refuse(
        "its attribute 'spatial' is 0, numbers an element; 1, numbers a channel, is supported");
  if (node.attributes.integer("training_mode", 0) != 0)
    return node.refuse("it is in training mode", "export the model for inference, with stored statistics");
  for (const char *ofTraining : {"momentum", "is_test"})
    node.attributes.pass(ofTraining);
  const Value x = channelsFirst(node);
  BatchNorm norm;
  norm.epsilon = node.attributes.real("epsilon", 1e-5f);
  norm.scale = channelNumbers(node, 1, "its scale");
  norm.bias = channelNumbers(node, 2, "its bias");
  norm.mean = channelNumbers(node, 3, "its mean");
  norm.variance = channelNumbers(node, 4, "its variance");
  if (node.failed()) return;
  const Dims dims = node.input(0).dims;
  node.give(node.reshape(node.append(std::move(norm), {x}), node.shapeOf(dims)), dims);
}

void lrn(NodeImport &node) {
  Lrn op;
  op.size = node.attributes.integer("size", 1);
  op.alpha = node.attributes.real("alpha", 1e-4f);
  op.beta = node.attributes.real("beta", 0.75f);
  op.k = node.attributes.real("bias", 1);
  const Value x = channelsFirst(node);
  if (node.failed()) return;
  const Dims dims = node.input(0).dims;
  if (imagesOf(node, dims) != 1)
    return node.refuse(fmt::format("it works on {}, a batch of {} that isn't that of the model's inputs",
                                   textOf(dims), dims[0]));
  const Shape &shape = node.builder().graph.type(x).shape;
  const Value maps = node.reshape(x, {shape[0], elementCount(shape) / shape[0], 1}); // places don't matter
  node.give(node.reshape(node.append(op, {maps}), node.shapeOf(dims)), dims);
}

// The axes of a softmax: one, since opset 13, and before it all from one on.
std::vector<std::size_t> softmaxAxes(NodeImport &node) {
  const std::size_t rank = node.input(0).dims.size();
  const std::size_t axis = node.axis(node.attributes.integer("axis", node.opset < 13 ? 1 : -1), rank);
  std::vector<std::size_t> axes;
  for (std::size_t i = axis; i < rank; ++i)
    if (i == axis || node.opset < 13) axes.push_back(i);
  return axes;
}

// How many elements lie in front of, along and behind the axes; in front, the batch is not counted.
struct Extents {
  std::int64_t outer = 1, along = 1, inner = 1;
};

Extents extentsOf(const NodeImport &node, const Dims &dims, const std::vector<std::size_t> &axes) {
  Extents extents;
  for (std::size_t i = node.firstOwn(); i < dims.size(); ++i)
    (i < axes.front() ? extents.outer : i > axes.back() ? extents.inner : extents.along) *= dims[i];
  return extents;
}

// x - max(x)
Meaning belowItsLargest(NodeImport &node, const Meaning &x, const std::vector<std::size_t> &axes) {
  return combined(node, BinaryKind::sub, x, folded(node, Fold::maximum, x, axes));
}

Meaning sumOfPowers(NodeImport &node, const Meaning &powers, const std::vector<std::size_t> &axes) {
  return folded(node, Fold::sum, powers, axes);
}

void softmax(NodeImport &node) {
  const std::vector<std::size_t> axes = softmaxAxes(node);
  if (node.failed()) return;
  if (node.isSplit() && axes.front() == 0) return node.mixImages();
  const Meaning &x = node.input(0);
  const Extents extents = extentsOf(node, x.dims, axes);
  if (extents.outer == 1) { // along the first dimension: the graph's own op
    const Shape shape = extents.inner == 1 ? Shape{extents.along} : Shape{extents.along, extents.inner};
    const Value result = node.append(Softmax{}, {node.reshape(node.value(0), shape)});
    return node.give(node.reshape(result, node.shapeOf(x.dims)), x.dims);
  }
  // What it goes along is brought to the front, and back.
  const auto [outer, along, inner] = extents;
  const Value front =
      transposed(node, node.value(0), {outer, along, inner}, {1, 0, 2}, {along, outer * inner});
  const Value result = node.append(Softmax{}, {front});
  node.give(transposed(node, result, {along, outer, inner}, {1, 0, 2}, node.shapeOf(x.dims)), x.dims);
}

// Not the logarithm of a softmax, which far below the largest is 0.
void logSoftmax(NodeImport &node) {
  const std::vector<std::size_t> axes = softmaxAxes(node);
  if (node.failed()) return;
  if (node.isSplit() && axes.front() == 0) return node.mixImages();
  const Meaning &x = node.input(0);
  const Meaning below = belowItsLargest(node, x, axes);
  const Meaning sum = sumOfPowers(node, applied(node, usual(UnaryKind::exp), below), axes);
  node.give(combined(node, BinaryKind::sub, below, applied(node, usual(UnaryKind::log), sum)));
}

// (x - mean) / deviation over the axes, where the deviation is sqrt(variance + epsilon).
struct Standardised {
  Meaning result, mean, deviation;
};

Standardised standardised(NodeImport &node, const Meaning &x, const std::vector<std::size_t> &axes,
                          float epsilon) {
  const Meaning mean = folded(node, Fold::mean, x, axes), centred = combined(node, BinaryKind::sub, x, mean);
  const Meaning variance = folded(node, Fold::mean, combined(node, BinaryKind::mul, centred, centred), axes);
  const Meaning deviation =
      applied(node, usual(UnaryKind::sqrt), combined(node, BinaryKind::add, variance, double{epsilon}));
  return {combined(node, BinaryKind::div, centred, deviation), mean, deviation};
}

// Known numbers, one a channel, as they stretch over [N, C, ...].
Meaning overChannels(NodeImport &node, std::size_t input, std::string_view what, std::size_t rank) {
  const Literal numbers = node.constant(input, what);
  if (node.failed()) return {};
  Dims dims(rank, 1);
  dims[1] = static_cast<std::int64_t>(numbers.count());
  return meaningOf(withDims(numbers, dims));
}

Meaning scaledAndShifted(NodeImport &node, const Meaning &x, const Meaning &scale, const Meaning &shift) {
  return combined(node, BinaryKind::add, combined(node, BinaryKind::mul, x, scale), shift);
}

void instanceNormalization(NodeImport &node) {
  const Meaning &x = node.input(0);
  const float epsilon = node.attributes.real("epsilon", 1e-5f);
  if (!node.failed() && x.dims.size() < 3)
    node.refuse(fmt::format("its input {} has no maps", textOf(x.dims)));
  if (node.failed()) return;
  std::vector<std::size_t> axes;
  for (std::size_t i = 2; i < x.dims.size(); ++i)
    axes.push_back(i);
  const Meaning scale = overChannels(node, 1, "its scale", x.dims.size()),
                shift = overChannels(node, 2, "its bias", x.dims.size());
  node.give(scaledAndShifted(node, standardised(node, x, axes, epsilon).result, scale, shift));
}

void groupNormalization(NodeImport &node) {
  const Meaning x = node.input(0);
  const float epsilon = node.attributes.real("epsilon", 1e-5f);
  const std::int64_t groups = node.attributes.integer("num_groups", 0);
  node.attributes.pass("stash_type");
  if (!node.failed() && (x.dims.size() < 3 || groups < 1 || x.dims[1] % groups != 0))
    node.refuse(fmt::format("{} groups don't divide the channels of {}", groups, textOf(x.dims)));
  Literal scale = node.constant(1, "its scale"), shift = node.constant(2, "its bias");
  if (node.failed()) return;
  // Until opset 21 a number a group, from then on a number a channel.
  const auto perChannel = [&](const Literal &numbers) {
    Dims dims(x.dims.size(), 1);
    dims[1] = x.dims[1];
    const auto count = static_cast<std::int64_t>(numbers.count());
    if (count == dims[1]) return meaningOf(withDims(numbers, dims));
    if (count != groups) node.refuse(fmt::format("{} numbers for {} groups", count, groups));
    if (!node.roomFor(dims)) return Meaning{};
    return meaningOf(withDims(stretched(withDims(numbers, {groups, 1}), {groups, dims[1] / groups}), dims));
  };
  std::int64_t inGroup = x.dims[1] / groups;
  for (std::size_t i = 2; i < x.dims.size(); ++i)
    inGroup *= x.dims[i];
  const Dims grouped{x.dims[0], groups, inGroup};
  const Meaning parts{grouped, std::nullopt, node.reshape(node.value(0), node.shapeOf(grouped))};
  const Meaning even = standardised(node, parts, {2}, epsilon).result;
  const Meaning back{x.dims, std::nullopt, node.reshape(even.value, node.shapeOf(x.dims))};
  node.give(scaledAndShifted(node, back, perChannel(scale), perChannel(shift)));
}

void layerNormalization(NodeImport &node) {
  const Meaning &x = node.input(0);
  const std::size_t axis = node.axis(node.attributes.integer("axis", -1), x.dims.size());
  const float epsilon = node.attributes.real("epsilon", 1e-5f);
  node.attributes.pass("stash_type");
  if (node.failed()) return;
  std::vector<std::size_t> axes;
  for (std::size_t i = axis; i < x.dims.size(); ++i)
    axes.push_back(i);
  const auto [even, mean, deviation] = standardised(node, x, axes, epsilon);
  Meaning result = combined(node, BinaryKind::mul, even, node.input(1));
  if (node.has(2)) result = combined(node, BinaryKind::add, result, node.input(2));
  node.give(result);
  if (node.wants(1)) node.give(mean, 1);
  if (node.wants(2)) node.give(combined(node, BinaryKind::div, meaningOf(makeReals({}, {1})), deviation), 2);
}

constexpr Operator table[] = {
    {"BatchNormalization", batchNormalization},
    {"LRN", lrn},
    {"Softmax", softmax},
    {"LogSoftmax", logSoftmax},
    {"InstanceNormalization", instanceNormalization},
    {"GroupNormalization", groupNormalization},
    {"LayerNormalization", layerNormalization},
};

} // namespace

std::span<const Operator> normalisationOperators() {
  return table;
}

} // namespace ninc::onnx_import

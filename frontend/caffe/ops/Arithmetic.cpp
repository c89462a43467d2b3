// Functions of two elements: of blobs alike, and of a blob with numbers that stretch over it.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

using caffe_schema::EltwiseParameter;

// ---- blobs alike

Value multiplied(LayerImport &layer, Value x, float factor) {
  if (factor == 1 || layer.failed() || !x) return x;
  return layer.append(Binary{BinaryKind::mul},
                      {x, layer.constant(factor, Shape(layer.shapeOf(x).size(), 1))});
}

Value sum(LayerImport &layer, const EltwiseParameter &fields) {
  const auto factor = [&](std::size_t i) {
    return fields.coeff_size() > 0 ? fields.coeff(static_cast<int>(i)) : 1;
  };
  Value result = multiplied(layer, layer.bottom().value, factor(0));
  for (std::size_t i = 1; i < layer.bottomCount(); ++i) {
    const bool subtracts = factor(i) == -1;
    const Value next =
        subtracts ? layer.bottom(i).value : multiplied(layer, layer.bottom(i).value, factor(i));
    result = layer.append(Binary{subtracts ? BinaryKind::sub : BinaryKind::add}, {result, next});
  }
  return result;
}

void eltwise(LayerImport &layer) {
  const EltwiseParameter &fields = layer.layer.eltwise_param();
  for (std::size_t i = 1; i < layer.bottomCount(); ++i)
    if (layer.bottom(i).dims != layer.bottom().dims)
      return layer.refuse(fmt::format("its bottoms are {} and {}; it takes equal ones",
                                      textOf(layer.bottom().dims), textOf(layer.bottom(i).dims)));
  const auto count = static_cast<std::size_t>(fields.coeff_size());
  if (count > 0 && (count != layer.bottomCount() || fields.operation() != EltwiseParameter::SUM))
    return layer.refuse(
        fmt::format("it has {} coeff for {} bottoms; a SUM has one each", count, layer.bottomCount()));
  if (fields.operation() == EltwiseParameter::SUM) return layer.give(sum(layer, fields), layer.bottom().dims);
  const BinaryKind kind = fields.operation() == EltwiseParameter::MAX ? BinaryKind::max : BinaryKind::mul;
  Value result = layer.bottom().value;
  for (std::size_t i = 1; i < layer.bottomCount(); ++i)
    result = layer.append(Binary{kind}, {result, layer.bottom(i).value});
  layer.give(result, layer.bottom().dims);
}

// ---- numbers that stretch

// Some of a blob's dimensions, one behind the other.
struct Span {
  std::size_t first = 0, count = 0;
};

Span spanOf(LayerImport &layer, std::int64_t axis, std::int64_t count) {
  const std::size_t rank = layer.bottom().dims.size();
  Span span{layer.axis(axis, rank), 0};
  if (layer.failed()) return span;
  span.count = count == -1 ? rank - span.first : static_cast<std::size_t>(count);
  if (count < -1 || span.first + span.count > rank)
    layer.refuse(fmt::format("its num_axes is {} from axis {} on, of {} dimensions", count, axis, rank));
  return span;
}

Dims extentsOf(const Dims &dims, Span span) {
  const auto first = dims.begin() + static_cast<std::ptrdiff_t>(span.first);
  return {first, first + static_cast<std::ptrdiff_t>(span.count)};
}

// The shape that stretches over the bottom: its extents in the span, and ones.
Shape stretching(LayerImport &layer, Span span) {
  const Dims &dims = layer.bottom().dims;
  Dims ones(dims.size(), 1);
  for (std::size_t i = span.first; i < span.first + span.count; ++i)
    ones[i] = dims[i];
  return layer.shapeOf(ones);
}

bool isChannels(LayerImport &layer, Span span) {
  return span.first == 1 && span.count == 1 && (layer.isSplit() || layer.bottom().dims[0] == 1);
}

// A second bottom as it stretches over the first.
Value stretched(LayerImport &layer, std::int64_t axis) {
  const NetValue &second = layer.bottom(1);
  const std::size_t rank = layer.bottom().dims.size();
  const Span span{layer.axis(axis, rank), second.dims.size()};
  if (layer.failed()) return {};
  if (span.first + span.count > rank || extentsOf(layer.bottom().dims, span) != second.dims) {
    layer.refuse(fmt::format("its second bottom {} doesn't lie in the first, {}, from axis {} on",
                             textOf(second.dims), textOf(layer.bottom().dims), axis));
    return {};
  }
  if (layer.isSplit() && span.first != 0) { // its images would lie along another dimension
    layer.mixImages();
    return {};
  }
  return layer.reshape(second.value, stretching(layer, span));
}

// A scale and a bias a channel. Behind a normalisation that nobody else reads they are its own; alone they
// are those of one that leaves its elements as they are.
void scaleChannels(LayerImport &layer, bool hasBias) {
  const Dims &dims = layer.bottom().dims;
  const std::int64_t channels = dims[1];
  const Value x = layer.channelsFirst();
  if (layer.failed()) return;
  BatchNorm norm;
  norm.epsilon = 0;
  norm.mean = layer.filled(0, {channels});
  norm.variance = layer.filled(1, {channels});
  Value operand = x;
  Graph &graph = layer.net().graph;
  const bool joins = layer.bottom().isReadOnce && layer.net().unscaled.contains(x);
  if (joins) {
    norm = *graph.as<BatchNorm>(x.node);
    operand = graph.operand(x.node, 0);
  }
  norm.scale = layer.numbers(0, {channels}, "its scale");
  norm.bias = hasBias ? layer.numbers(1, {channels}, "its bias") : layer.filled(0, {channels});
  if (layer.failed()) return;
  if (joins) {
    layer.net().unscaled.erase(x);
    graph.erase(x.node);
  }
  layer.give(layer.reshape(layer.append(std::move(norm), {operand}), layer.shapeOf(dims)), dims);
}

// Numbers of the trained net, as they stretch.
Value stretchedNumbers(LayerImport &layer, Span span, std::size_t blob, const char *what) {
  if (layer.isSplit() && span.first == 0 && span.count > 0) { // numbers an image
    layer.mixImages();
    return {};
  }
  const Shape shape = stretching(layer, span);
  return layer.constant(layer.numbers(blob, shape, what), shape);
}

void scale(LayerImport &layer) {
  const auto &fields = layer.layer.scale_param();
  const NetValue &x = layer.bottom();
  Span span;
  Value factor;
  std::size_t blob = 0; // of the bias
  if (layer.bottomCount() == 2) {
    factor = stretched(layer, fields.axis());
    if (!layer.failed()) span = {layer.axis(fields.axis(), x.dims.size()), layer.bottom(1).dims.size()};
    if (fields.bias_term() && layer.isSplit()) // which is the same for all images
      return layer.refuse("it has two bottoms and a bias_term");
  } else {
    span = spanOf(layer, fields.axis(), fields.num_axes());
    if (!layer.failed() && isChannels(layer, span)) return scaleChannels(layer, fields.bias_term());
    if (!layer.failed()) factor = stretchedNumbers(layer, span, blob++, "its scale");
  }
  Value result = layer.append(Binary{BinaryKind::mul}, {x.value, factor});
  if (fields.bias_term())
    result = layer.append(Binary{BinaryKind::add}, {result, stretchedNumbers(layer, span, blob, "its bias")});
  layer.give(result, x.dims);
}

void bias(LayerImport &layer) {
  const auto &fields = layer.layer.bias_param();
  Value shift;
  if (layer.bottomCount() == 2)
    shift = stretched(layer, fields.axis());
  else if (const Span span = spanOf(layer, fields.axis(), fields.num_axes()); !layer.failed())
    shift = stretchedNumbers(layer, span, 0, "its bias");
  layer.give(layer.append(Binary{BinaryKind::add}, {layer.bottom().value, shift}), layer.bottom().dims);
}

constexpr LayerType table[] = {
    {"Eltwise", eltwise, {2, any.most}},
    {"Scale", scale, {1, 2}},
    {"Bias", bias, {1, 2}},
};

} // namespace

std::span<const LayerType> arithmeticLayers() {
  return table;
}

} // namespace ninc::caffe_import

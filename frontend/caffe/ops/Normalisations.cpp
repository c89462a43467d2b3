// Elements scaled by what stands beside them, or stood beside them in training.
#include <fmt/format.h>
#include <memory>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

void giveLike(LayerImport &layer, Value value) {
  const Dims &dims = layer.bottom().dims;
  layer.give(layer.reshape(value, layer.shapeOf(dims)), dims);
}

Value with(LayerImport &layer, BinaryKind kind, Value a, Value b) {
  return layer.append(Binary{kind}, {a, b});
}

Value with(LayerImport &layer, BinaryKind kind, Value x, float number) {
  if (layer.failed() || !x) return {};
  return with(layer, kind, x, layer.constant(number, Shape(layer.shapeOf(x).size(), 1)));
}

// ---- batch normalisation

// A sum over batches that was kept, divided by how much it weighs, or 0 where it weighs nothing.
Parameter divided(const Parameter &sums, float weight) {
  if (!sums) return {};
  Tensor result = *sums;
  const float factor = weight == 0 ? 0 : 1 / weight;
  for (float &number : result.data)
    number *= factor;
  return std::make_shared<const Tensor>(std::move(result));
}

// Without scale and bias, which are a layer of their own (Scale).
void batchNorm(LayerImport &layer) {
  const auto &fields = layer.layer.batch_norm_param();
  if (fields.has_use_global_stats() && !fields.use_global_stats())
    return layer.refuse("its use_global_stats is false: it would normalise by the batch at hand");
  const Value x = layer.channelsFirst();
  if (layer.failed()) return;
  const std::int64_t channels = layer.bottom().dims[1];
  BatchNorm norm;
  norm.epsilon = fields.eps();
  const Parameter means = layer.numbers(0, {channels}, "its means"),
                  variances = layer.numbers(1, {channels}, "its variances");
  const float weight = layer.number(2, "what its means and variances weigh");
  norm.mean = divided(means, weight);
  norm.variance = divided(variances, weight);
  norm.scale = layer.filled(1, {channels});
  norm.bias = layer.filled(0, {channels});
  const Value result = layer.append(std::move(norm), {x});
  if (result) layer.net().unscaled.insert(result);
  giveLike(layer, result);
}

// ---- local response normalisation

// x (1 + alpha mean)^-beta, the mean of squares in a window of the map, as the average pool of them. The
// power is that of a number from 1 up.
Value lrnOfMaps(LayerImport &layer, const caffe_schema::LRNParameter &fields, Value maps) {
  const std::int64_t size = fields.local_size(), before = (size - 1) / 2;
  AveragePool pool;
  pool.window.kernel = {size, size};
  pool.window.pad = {before, before, before, before};
  pool.countIncludePad = before > 0;
  const Value means = layer.append(std::move(pool), {with(layer, BinaryKind::mul, maps, maps)});
  const Value base = with(layer, BinaryKind::add, with(layer, BinaryKind::mul, means, fields.alpha()), 1);
  const Value exponent =
      with(layer, BinaryKind::mul, layer.append(usual(UnaryKind::log), {base}), -fields.beta());
  return with(layer, BinaryKind::mul, maps, layer.append(usual(UnaryKind::exp), {exponent}));
}

void lrn(LayerImport &layer) {
  const auto &fields = layer.layer.lrn_param();
  const Value maps = layer.maps();
  if (fields.local_size() % 2 == 0)
    return layer.refuse(fmt::format("its local_size is {}; odd ones are supported", fields.local_size()));
  if (fields.norm_region() == caffe_schema::LRNParameter::WITHIN_CHANNEL)
    return giveLike(layer, lrnOfMaps(layer, fields, maps));
  giveLike(layer, layer.append(Lrn{fields.local_size(), fields.alpha(), fields.beta(), fields.k()}, {maps}));
}

// ---- softmax

void softmax(LayerImport &layer) {
  const auto &[dims, x, isReadOnce] = layer.bottom();
  const std::size_t axis = layer.axis(layer.layer.softmax_param().axis(), dims.size());
  if (layer.failed()) return;
  if (axis < layer.firstOwn()) return layer.mixImages();
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = layer.firstOwn(); i < dims.size(); ++i)
    if (i != axis) (i < axis ? outer : inner) *= dims[i];
  const std::int64_t along = dims[axis];
  if (outer == 1) { // along the first dimension: the graph's own op
    const Shape shape = inner == 1 ? Shape{along} : Shape{along, inner};
    return giveLike(layer, layer.append(Softmax{}, {layer.reshape(x, shape)}));
  }
  const Value front = layer.append(Transpose{{1, 0, 2}}, {layer.reshape(x, {outer, along, inner})});
  giveLike(layer, layer.append(Transpose{{1, 0, 2}}, {layer.append(Softmax{}, {front})}));
}

// ---- by means and deviations

Value meansOf(LayerImport &layer, Value rows) {
  if (layer.failed() || !rows) return {};
  return layer.reshape(layer.append(GlobalAveragePool{}, {rows}), {layer.shapeOf(rows)[0], 1, 1});
}

// (x - mean) / (deviation + eps), of a map or of all maps.
void meanVariance(LayerImport &layer) {
  const auto &fields = layer.layer.mvn_param();
  const Value x = layer.channelsFirst();
  if (layer.failed()) return;
  const Shape &shape = layer.shapeOf(x);
  const std::int64_t outer = fields.across_channels() ? 1 : shape[0];
  const Value rows = layer.reshape(x, {outer, elementCount(shape) / outer, 1});
  Value result = with(layer, BinaryKind::sub, rows, meansOf(layer, rows));
  if (fields.normalize_variance()) {
    const Value variance = meansOf(layer, with(layer, BinaryKind::mul, result, result));
    const Value deviation = layer.append(usual(UnaryKind::sqrt), {variance});
    result = with(layer, BinaryKind::div, result, with(layer, BinaryKind::add, deviation, fields.eps()));
  }
  giveLike(layer, result);
}

// x / sqrt(sum of squares + eps), over the channels of a pixel or over all of it, times numbers that are
// learned. The sum over channels is a convolution with ones; over all it is that of one pixel with as many.
void normalize(LayerImport &layer) {
  const auto &fields = layer.layer.norm_param();
  const Value maps = layer.maps();
  if (layer.failed()) return;
  const Shape shape = layer.shapeOf(maps);
  const std::int64_t channels = fields.across_spatial() ? elementCount(shape) : shape[0];
  const Value x = fields.across_spatial() ? layer.reshape(maps, {channels, 1, 1}) : maps;
  ConvLayer sum;
  sum.outChannels = 1;
  sum.hasBias = false;
  sum.weight = layer.filled(1, {1, channels, 1, 1});
  const Value squares = layer.append(Conv2d{std::move(sum)}, {with(layer, BinaryKind::mul, x, x)});
  const Value length =
      layer.append(usual(UnaryKind::sqrt), {with(layer, BinaryKind::add, squares, fields.eps())});
  const Value unit = layer.reshape(with(layer, BinaryKind::div, x, length), shape);
  const Shape factors = fields.channel_shared() ? Shape{1, 1, 1} : Shape{shape[0], 1, 1};
  const Value factor = layer.constant(layer.numbers(0, factors, "its scale"), factors);
  giveLike(layer, with(layer, BinaryKind::mul, unit, factor));
}

constexpr LayerType table[] = {
    {"BatchNorm", batchNorm}, {"LRN", lrn}, {"Softmax", softmax}, {"MVN", meanVariance},
    {"Normalize", normalize},
};

} // namespace

std::span<const LayerType> normalisationLayers() {
  return table;
}

} // namespace ninc::caffe_import

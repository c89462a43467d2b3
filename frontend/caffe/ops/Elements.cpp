// Functions of one element: those of the graph's table, and those that are made of them.
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

constexpr float largest = std::numeric_limits<float>::max();

void giveLike(LayerImport &layer, Value value) {
  layer.give(value, layer.bottom().dims);
}

Value applied(LayerImport &layer, UnaryKind kind, Value x, Numbers numbers = {}) {
  Unary function = usual(kind);
  for (std::size_t i = 0; i < functionOf(kind).count(); ++i)
    function.numbers[i] = numbers[i];
  return layer.append(function, {x});
}

// f(x, number)
Value with(LayerImport &layer, BinaryKind kind, Value x, float number) {
  if (layer.failed() || !x) return {};
  return layer.append(Binary{kind}, {x, layer.constant(number, Shape(layer.shapeOf(x).size(), 1))});
}

// shift + scale x
Value line(LayerImport &layer, Value x, float scale, float shift) {
  if (scale != 1) x = with(layer, BinaryKind::mul, x, scale);
  if (shift != 0) x = with(layer, BinaryKind::add, x, shift);
  return x;
}

template <UnaryKind kind>
void function(LayerImport &layer) {
  giveLike(layer, layer.append(usual(kind), {layer.bottom().value}));
}

void relu(LayerImport &layer) {
  const float slope = layer.layer.relu_param().negative_slope();
  const Value x = layer.bottom().value;
  giveLike(layer, slope == 0 ? applied(layer, UnaryKind::relu, x)
                             : applied(layer, UnaryKind::leakyRelu, x, {slope}));
}

// A slope a channel, or one for all.
void prelu(LayerImport &layer) {
  const auto &[dims, x, isReadOnce] = layer.bottom();
  if (layer.layer.prelu_param().channel_shared())
    return giveLike(layer, applied(layer, UnaryKind::leakyRelu, x, {layer.number(0, "its slope")}));
  const Value channels = layer.channelsFirst();
  if (layer.failed()) return;
  Prelu op;
  op.slope = layer.numbers(0, {dims[1]}, "its slopes");
  giveLike(layer, layer.reshape(layer.append(std::move(op), {channels}), layer.shapeOf(dims)));
}

void elu(LayerImport &layer) {
  giveLike(layer, applied(layer, UnaryKind::elu, layer.bottom().value, {layer.layer.elu_param().alpha()}));
}

void relu6(LayerImport &layer) {
  giveLike(layer, applied(layer, UnaryKind::clip, layer.bottom().value, {0, 6}));
}

void clip(LayerImport &layer) {
  const auto &fields = layer.layer.clip_param();
  if (!fields.has_min() || !fields.has_max()) return layer.refuse("it doesn't say its min and max");
  if (!(fields.min() <= fields.max()))
    return layer.refuse(fmt::format("its min {} is above its max {}", fields.min(), fields.max()));
  const auto finite = [](float bound) { return std::fmin(std::fmax(bound, -largest), largest); };
  giveLike(layer, applied(layer, UnaryKind::clip, layer.bottom().value,
                          {finite(fields.min()), finite(fields.max())}));
}

// 1 above it, 0 elsewhere
void threshold(LayerImport &layer) {
  const float number = layer.layer.threshold_param().threshold();
  if (!std::isfinite(number)) return layer.refuse(fmt::format("its threshold is {}", number));
  const Value x = layer.bottom().value;
  const Value bound = layer.constant(number, Shape(layer.shapeOf(x).size(), 1));
  giveLike(layer, layer.append(Binary{BinaryKind::less}, {bound, x}));
}

// x sigmoid(beta x)
void swish(LayerImport &layer) {
  const Value x = layer.bottom().value;
  const Value gate = applied(layer, UnaryKind::sigmoid, line(layer, x, layer.layer.swish_param().beta(), 0));
  giveLike(layer, layer.append(Binary{BinaryKind::mul}, {x, gate}));
}

// x^p for p above 0: whole and half powers by products and roots, which take any number that has one; others
// by logarithms.
Value positivePower(LayerImport &layer, Value x, double p) {
  const double whole = std::floor(p);
  if (p > 8 || (p != whole && p - whole != 0.5))
    return applied(layer, UnaryKind::exp,
                   with(layer, BinaryKind::mul, applied(layer, UnaryKind::log, x), static_cast<float>(p)));
  Value result = p == whole ? x : applied(layer, UnaryKind::sqrt, x);
  for (int i = p == whole ? 1 : 0; i < static_cast<int>(whole); ++i)
    result = layer.append(Binary{BinaryKind::mul}, {result, x});
  return result;
}

// (shift + scale x)^power
void power(LayerImport &layer) {
  const auto &fields = layer.layer.power_param();
  const double p = fields.power();
  if (!std::isfinite(p)) return layer.refuse(fmt::format("its power is {}", p));
  const Value x = layer.bottom().value;
  if (p == 0) return giveLike(layer, with(layer, BinaryKind::add, with(layer, BinaryKind::mul, x, 0), 1));
  Value result = positivePower(layer, line(layer, x, fields.scale(), fields.shift()), std::abs(p));
  if (p < 0 && !layer.failed())
    result = layer.append(Binary{BinaryKind::div},
                          {layer.constant(1, Shape(layer.shapeOf(result).size(), 1)), result});
  giveLike(layer, result);
}

// The logarithm of a base, which -1 stands for e; 0 with the layer failed if it is none.
double logarithmOf(LayerImport &layer, float base) {
  if (base == -1) return 1;
  if (base > 0 && std::isfinite(base)) return std::log(double{base});
  layer.refuse(fmt::format("its base is {}; above 0, and -1 for e, are supported", base));
  return 0;
}

// base^(shift + scale x)
void exponential(LayerImport &layer) {
  const auto &fields = layer.layer.exp_param();
  const double logarithm = logarithmOf(layer, fields.base());
  const Value exponent =
      line(layer, layer.bottom().value, static_cast<float>(logarithm * double{fields.scale()}),
           static_cast<float>(logarithm * double{fields.shift()}));
  giveLike(layer, applied(layer, UnaryKind::exp, exponent));
}

// log(shift + scale x) to a base
void logarithm(LayerImport &layer) {
  const auto &fields = layer.layer.log_param();
  const double ofBase = logarithmOf(layer, fields.base());
  if (ofBase == 0) return layer.refuse("its base is 1");
  const Value result =
      applied(layer, UnaryKind::log, line(layer, layer.bottom().value, fields.scale(), fields.shift()));
  giveLike(layer, line(layer, result, static_cast<float>(1 / ofBase), 0));
}

// The identity when a net is used; with a fork's scale_train = false it is then that it scales.
void dropout(LayerImport &layer) {
  const auto &fields = layer.layer.dropout_param();
  const float ratio = fields.dropout_ratio();
  if (!(ratio >= 0 && ratio < 1)) return layer.refuse(fmt::format("its dropout_ratio is {}", ratio));
  const Value x = layer.bottom().value;
  giveLike(layer, fields.scale_train() ? layer.append(Dropout{ratio}, {x})
                                       : with(layer, BinaryKind::mul, x, 1 - ratio));
}

constexpr LayerType table[] = {
    {"ReLU", relu},
    {"PReLU", prelu},
    {"ELU", elu},
    {"ReLU6", relu6},
    {"Sigmoid", function<UnaryKind::sigmoid>},
    {"TanH", function<UnaryKind::tanh>},
    {"AbsVal", function<UnaryKind::abs>},
    {"BNLL", function<UnaryKind::softplus>}, // log(1 + e^x)
    {"Clip", clip},
    {"Swish", swish},
    {"Power", power},
    {"Exp", exponential},
    {"Log", logarithm},
    {"Threshold", threshold},
    {"Dropout", dropout},
};

} // namespace

std::span<const LayerType> elementLayers() {
  return table;
}

} // namespace ninc::caffe_import

#include "passes/LinearMap.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

namespace ninc {

namespace {

// A tensor of rounded doubles, or null when one of them isn't a finite f32.
Parameter rounded(Shape shape, const std::vector<double> &values) {
  Tensor tensor{std::move(shape), std::vector<float>(values.size())};
  for (std::size_t i = 0; i < values.size(); ++i) {
    tensor.data[i] = static_cast<float>(values[i]);
    if (!std::isfinite(tensor.data[i])) return nullptr;
  }
  return std::make_shared<const Tensor>(std::move(tensor));
}

// Whether a row's largest weight becomes denormal, or 0, although what it was made from was far from that.
// (Rows of untrained channels often have such weights from the start.)
bool vanishes(std::span<const double> row, double largestBefore) {
  const double largest = std::abs(*std::ranges::max_element(row, {}, [](double w) { return std::abs(w); }));
  constexpr double smallestNormal = std::numeric_limits<float>::min();
  return largest > 0 && largest < smallestNormal && largestBefore >= 0x1p-100;
}

double largestOf(std::span<const float> numbers) {
  double largest = 0;
  for (float number : numbers)
    largest = std::max(largest, std::abs(double{number}));
  return largest;
}

// `largestBefore` is that of the weights which row o was made from.
bool anyVanishes(const std::vector<double> &weight, std::size_t rows,
                 const std::function<double(std::size_t o)> &largestBefore) {
  const std::size_t length = weight.size() / rows;
  for (std::size_t o = 0; o < rows; ++o)
    if (vanishes(std::span(weight).subspan(o * length, length), largestBefore(o))) return true;
  return false;
}

std::span<const float> rowOf(const Tensor &weight, std::size_t o) {
  const std::size_t length = weight.data.size() / static_cast<std::size_t>(weight.shape[0]);
  return std::span(weight.data).subspan(o * length, length);
}

std::optional<LinearMap> finiteMap(Shape weightShape, const std::vector<double> &weight,
                                   const std::vector<double> &bias) {
  LinearMap map{rounded(std::move(weightShape), weight),
                rounded({static_cast<std::int64_t>(bias.size())}, bias)};
  if (!map.weight || !map.bias) return std::nullopt;
  return map;
}

// A weight tensor as [rows, columns, positions]: output channels, input channels, kernel positions.
struct Extents {
  std::size_t rows, columns, positions;
};

Extents extentsOf(const Tensor &weight) {
  std::size_t positions = 1;
  for (std::size_t i = 2; i < weight.shape.size(); ++i)
    positions *= static_cast<std::size_t>(weight.shape[i]);
  return {static_cast<std::size_t>(weight.shape[0]), static_cast<std::size_t>(weight.shape[1]), positions};
}

double biasAt(const LinearMap &map, std::size_t row) {
  return map.bias ? map.bias->data[row] : 0.0;
}

std::optional<ChannelAffine> finiteAffine(ChannelAffine affine) {
  auto finite = [](double value) { return std::isfinite(value); };
  if (!std::ranges::all_of(affine.scale, finite) || !std::ranges::all_of(affine.shift, finite))
    return std::nullopt;
  return affine;
}

std::optional<ChannelAffine> affineOfBatchNorm(const BatchNorm &norm) {
  if (!norm.scale || !norm.bias || !norm.mean || !norm.variance) return std::nullopt;
  ChannelAffine affine;
  for (std::size_t c = 0; c < norm.scale->data.size(); ++c) {
    double scale =
        norm.scale->data[c] / std::sqrt(static_cast<double>(norm.variance->data[c]) + norm.epsilon);
    affine.scale.push_back(scale);
    affine.shift.push_back(norm.bias->data[c] - norm.mean->data[c] * scale);
  }
  return finiteAffine(std::move(affine));
}

// The numbers of a constant operand, one a channel of `type`; none if it varies within a channel.
std::optional<std::vector<double>> channelValues(const Graph &graph, Value operand, const TensorType &type) {
  const auto *constant = graph.as<Constant>(operand.node);
  if (!constant || !constant->value) return std::nullopt;
  const Shape &shape = constant->shape;
  if (!std::ranges::all_of(shape.begin() + 1, shape.end(), [](std::int64_t extent) { return extent == 1; }))
    return std::nullopt;
  const std::vector<float> &data = constant->value->data;
  auto channels = static_cast<std::size_t>(type.shape[0]);
  if (data.size() == 1) return std::vector<double>(channels, data[0]);
  return std::vector<double>(data.begin(), data.end());
}

} // namespace

std::optional<ChannelAffine> channelAffineOf(const Graph &graph, Node node) {
  if (const auto *norm = graph.as<BatchNorm>(node)) return affineOfBatchNorm(*norm);
  const auto *binary = graph.as<Binary>(node);
  if (is(graph.op(node), UnaryKind::neg)) {
    const auto channels = static_cast<std::size_t>(graph.type(graph.result(node)).shape[0]);
    return ChannelAffine{std::vector<double>(channels, -1), std::vector<double>(channels, 0)};
  }
  if (!binary) return std::nullopt;
  const TensorType &type = graph.type(graph.operand(node, 0));
  if (type.shape != graph.type(graph.result(node)).shape) return std::nullopt;
  std::optional<std::vector<double>> values = channelValues(graph, graph.operand(node, 1), type);
  if (!values) return std::nullopt;
  ChannelAffine affine{std::vector<double>(values->size(), 1), std::vector<double>(values->size(), 0)};
  for (std::size_t c = 0; c < values->size(); ++c) {
    const double value = (*values)[c];
    switch (binary->kind) {
    case BinaryKind::add:
      affine.shift[c] = value;
      break;
    case BinaryKind::sub:
      affine.shift[c] = -value;
      break;
    case BinaryKind::mul:
      affine.scale[c] = value;
      break;
    case BinaryKind::div:
      affine.scale[c] = 1 / value;
      break;
    default:
      return std::nullopt;
    }
  }
  return finiteAffine(std::move(affine));
}

std::optional<LinearMap> linearMapOf(const ConvLayer &layer) {
  if (!layer.weight || (layer.hasBias && !layer.bias)) return std::nullopt;
  return LinearMap{layer.weight, layer.hasBias ? layer.bias : nullptr};
}

namespace {

void setMap(ConvLayer &layer, LinearMap map) {
  layer.weight = std::move(map.weight);
  layer.hasBias = map.bias != nullptr;
  layer.bias = std::move(map.bias);
}

ConvLayer *lastLayer(Op &op) {
  if (auto *conv = std::get_if<Conv2d>(&op)) return &conv->layer;
  auto *mlpconv = std::get_if<Mlpconv>(&op);
  if (!mlpconv || !std::holds_alternative<NoEpilogue>(mlpconv->epilogue)) return nullptr;
  return &mlpconv->layers.back();
}

ConvLayer *firstLayer(Op &op) {
  if (auto *conv = std::get_if<Conv2d>(&op)) return &conv->layer;
  auto *mlpconv = std::get_if<Mlpconv>(&op);
  return mlpconv ? &mlpconv->layers.front() : nullptr;
}

std::optional<LinearMap> denseMap(const Dense &dense) {
  if (!dense.weight || (dense.hasBias && !dense.bias)) return std::nullopt;
  return LinearMap{dense.weight, dense.hasBias ? dense.bias : nullptr};
}

void setDenseMap(Dense &dense, LinearMap map) {
  dense.weight = std::move(map.weight);
  dense.hasBias = map.bias != nullptr;
  dense.bias = std::move(map.bias);
}

} // namespace

std::optional<LinearMap> trailingMap(const Op &op) {
  if (const auto *dense = std::get_if<Dense>(&op))
    return !dense->activation ? denseMap(*dense) : std::nullopt;
  Op copy = op;
  const ConvLayer *layer = lastLayer(copy);
  if (!layer || layer->activation) return std::nullopt;
  return linearMapOf(*layer);
}

Op withTrailingMap(Op op, LinearMap map) {
  if (auto *dense = std::get_if<Dense>(&op))
    setDenseMap(*dense, std::move(map));
  else if (ConvLayer *layer = lastLayer(op))
    setMap(*layer, std::move(map));
  return op;
}

std::optional<LinearMap> leadingMap(const Op &op) {
  if (const auto *dense = std::get_if<Dense>(&op)) return denseMap(*dense);
  Op copy = op;
  const ConvLayer *layer = firstLayer(copy);
  if (!layer || layer->groups != 1) return std::nullopt;
  return linearMapOf(*layer);
}

Op withLeadingMap(Op op, LinearMap map) {
  if (auto *dense = std::get_if<Dense>(&op))
    setDenseMap(*dense, std::move(map));
  else if (ConvLayer *layer = firstLayer(op))
    setMap(*layer, std::move(map));
  return op;
}

std::optional<LinearMap> followedBy(const LinearMap &map, const ChannelAffine &affine) {
  const Tensor &old = *map.weight;
  auto [rows, columns, positions] = extentsOf(old);
  std::size_t rowLength = columns * positions;
  std::vector<double> weight(old.data.size()), bias(rows);
  for (std::size_t o = 0; o < rows; ++o) {
    for (std::size_t i = 0; i < rowLength; ++i)
      weight[o * rowLength + i] = old.data[o * rowLength + i] * affine.scale[o];
    bias[o] = biasAt(map, o) * affine.scale[o] + affine.shift[o];
  }
  if (anyVanishes(weight, rows, [&](std::size_t o) { return largestOf(rowOf(old, o)); })) return std::nullopt;
  return finiteMap(old.shape, weight, bias);
}

std::optional<LinearMap> precededBy(const LinearMap &map, const ChannelAffine &affine) {
  const Tensor &old = *map.weight;
  auto [rows, columns, positions] = extentsOf(old);
  std::vector<double> weight(old.data.size()), bias(rows);
  for (std::size_t o = 0; o < rows; ++o) {
    bias[o] = biasAt(map, o);
    for (std::size_t c = 0; c < columns; ++c)
      for (std::size_t k = 0; k < positions; ++k) {
        std::size_t at = (o * columns + c) * positions + k;
        weight[at] = old.data[at] * affine.scale[c];
        bias[o] += old.data[at] * affine.shift[c];
      }
  }
  if (anyVanishes(weight, rows, [&](std::size_t o) { return largestOf(rowOf(old, o)); })) return std::nullopt;
  return finiteMap(old.shape, weight, bias);
}

std::optional<LinearMap> compose(const LinearMap &first, const LinearMap &second) {
  const std::vector<float> &a = first.weight->data, &b = second.weight->data;
  auto [middle, inputs, firstPositions] = extentsOf(*first.weight);
  auto [outputs, secondInputs, secondPositions] = extentsOf(*second.weight);
  if (secondInputs != middle || (firstPositions != 1 && secondPositions != 1)) return std::nullopt;

  std::size_t positions = firstPositions * secondPositions;
  std::vector<double> weight(outputs * inputs * positions), bias(outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    bias[o] = biasAt(second, o);
    for (std::size_t m = 0; m < middle; ++m)
      for (std::size_t k2 = 0; k2 < secondPositions; ++k2) {
        double factor = b[(o * middle + m) * secondPositions + k2];
        bias[o] += factor * biasAt(first, m);
        // One of the two extents is 1, so k1 + k2 is the position in whichever kernel has one.
        for (std::size_t c = 0; c < inputs; ++c)
          for (std::size_t k1 = 0; k1 < firstPositions; ++k1)
            weight[(o * inputs + c) * positions + k1 + k2] +=
                factor * a[(m * inputs + c) * firstPositions + k1];
      }
  }
  const double largestOfFirst = largestOf(a);
  if (anyVanishes(weight, outputs, [&](std::size_t o) {
        return std::min(largestOfFirst, largestOf(rowOf(*second.weight, o)));
      }))
    return std::nullopt;
  const Shape &kernel = secondPositions == 1 ? first.weight->shape : second.weight->shape;
  Shape shape = kernel;
  shape[0] = static_cast<std::int64_t>(outputs);
  shape[1] = static_cast<std::int64_t>(inputs);
  std::optional<LinearMap> composed = finiteMap(std::move(shape), weight, bias);
  if (composed && !first.bias && !second.bias) composed->bias = nullptr;
  return composed;
}

} // namespace ninc

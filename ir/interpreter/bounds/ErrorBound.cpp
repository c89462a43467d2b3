// Error propagation: a second evaluation of the graph in which every value is a tensor of error bounds.
//
// u is half a unit in the last place of f32, 2^-24. Two formulas carry everything (docs/numerics.md):
//
//   rounding     an n-term sum of products p_k with result y:   u ((2 + sqrt(n)/4) sum |p_k| + n/4 |y|)
//   propagation  errors e_k of the terms' operands, weights w_k: max(sqrt(sum w_k^2 e_k^2), |sum w_k e_k|)
//
// The first, doubled, is Higham and Mary's probabilistic bound (SIAM J. Sci. Comput. 41(5), 2019) for the
// worst order of the terms, plus the certain bound for equal terms; the second is what independent errors and
// what equal errors of one sign make of each other. Both are convolutions of absolute, squared or plain
// weights, so the reference's own loops compute them. Winograd's transforms round otherwise: WinogradError.h.
#include "ir/interpreter/bounds/ErrorBound.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "ir/TypeRules.h"
#include "ir/interpreter/OpEvaluation.h"
#include "ir/interpreter/bounds/ElementErrors.h"
#include "ir/interpreter/bounds/UnitRoundoff.h"
#include "ir/interpreter/bounds/WinogradError.h"

namespace ninc {

namespace {

// exp, log and pow in a kernel are polynomials: a few units in the last place, here generously many.
constexpr double functionUlps = 16;

// On top of the bound, since it holds with high probability and not with certainty.
constexpr double safetyFactor = 2;

struct Operand {
  const Tensor &value, &error;
};

Tensor bounded(Tensor errors) {
  for (float &error : errors.data)
    error = finiteError(static_cast<double>(error));
  return errors;
}

template <class F>
Tensor mapElements(const Tensor &x, F f) {
  Tensor y = x;
  for (float &v : y.data)
    v = static_cast<float>(f(static_cast<double>(v)));
  return y;
}

double largestMagnitude(const Tensor &x) {
  double largest = 0;
  for (float v : x.data)
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  return largest;
}

double summationError(std::int64_t terms, double sumOfMagnitudes, double sum) {
  const auto n = static_cast<double>(terms);
  return unitRoundoff * ((2 + std::sqrt(n) / 4) * sumOfMagnitudes + n / 4 * std::abs(sum));
}

// A layer with other weights and nothing but its sum: no bias, no activation.
template <class F>
ConvLayer withWeights(const ConvLayer &layer, F f) {
  ConvLayer changed = layer;
  changed.weight = std::make_shared<const Tensor>(mapElements(*layer.weight, f));
  changed.hasBias = false;
  changed.bias = nullptr;
  changed.activation = {};
  return changed;
}

double biasOf(const ConvLayer &layer, std::size_t channel) {
  return layer.hasBias ? std::abs(static_cast<double>(layer.bias->data[channel])) : 0.0;
}

// What the weights make of the operand's errors. Squares are taken of numbers scaled to at most 1, so that
// small errors don't vanish below the range of f32.
Tensor propagated(const ConvLayer &layer, const Tensor &error) {
  const double errorScale = largestMagnitude(error), weightScale = largestMagnitude(*layer.weight);
  ConvLayer squares = withWeights(layer, [&](double w) { return w / weightScale * (w / weightScale); });
  if (errorScale == 0 || weightScale == 0)
    return reference::convolve(squares, mapElements(error, [](double) { return 0; }));
  Tensor result = reference::convolve(
      squares, mapElements(error, [&](double e) { return e / errorScale * (e / errorScale); }));
  const Tensor coherent = reference::convolve(withWeights(layer, [](double w) { return w; }), error);
  for (std::size_t i = 0; i < result.data.size(); ++i) {
    const double independent = std::sqrt(static_cast<double>(result.data[i])) * errorScale * weightScale;
    result.data[i] = finiteError(std::max(independent, std::abs(static_cast<double>(coherent.data[i]))));
  }
  return result;
}

Tensor activationErrors(const Activation &activation, const Tensor &values, Tensor errors) {
  return activation ? elementErrors(*activation, values, errors) : errors;
}

// What plain sums in any order cost the layer. `sums` is its result without its activation.
Tensor summationErrors(const ConvLayer &layer, const Tensor &x, const Tensor &sums) {
  Tensor errors = reference::convolve(withWeights(layer, [](double w) { return std::abs(w); }),
                                      mapElements(x, [](double v) { return std::abs(v); }));
  const Shape &weight = layer.weight->shape;
  const std::int64_t terms = weight[1] * weight[2] * weight[3] + 2; // the bias, and the rounding at the end
  const std::size_t mapSize = sums.data.size() / static_cast<std::size_t>(layer.outChannels);
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] =
        finiteError(summationError(terms, errors.data[i] + biasOf(layer, i / mapSize), sums.data[i]));
  return errors;
}

// What keeping values as halves adds to their errors; numbers below the normal range may become zero.
Tensor keptAsHalves(const Tensor &values, Tensor errors) {
  for (std::size_t i = 0; i < errors.data.size(); ++i) {
    const double magnitude = std::abs(static_cast<double>(values.data[i])) + errors.data[i];
    const double rounding = std::max(halfRoundoff * magnitude, std::min(magnitude, smallestNormalHalf));
    errors.data[i] = finiteError(errors.data[i] + rounding);
  }
  return errors;
}

// What weights that are rounded to halves cost: each is off by at most halfRoundoff of itself (or is lost,
// below the normal range), all independently. Doubled: twice that again, by the safety factor, is seven
// standard deviations of such a sum.
Tensor weightErrors(const ConvLayer &layer, const Tensor &x) {
  const auto rounding = [](double w) {
    const double magnitude = std::abs(w);
    return std::copysign(2 * std::max(halfRoundoff * magnitude, std::min(magnitude, smallestNormalHalf)), w);
  };
  const Tensor rounded =
      propagated(withWeights(layer, rounding), mapElements(x, [](double v) { return std::abs(v); }));
  // Weights below the normal halves may all vanish, and what they would have made is then the error.
  const auto vanishing = [](double w) { return std::abs(w) < smallestNormalHalf ? w : 0; };
  const Tensor vanished = reference::convolve(withWeights(layer, vanishing), x);
  return reference::add(rounded, mapElements(vanished, [](double v) { return std::abs(v); }));
}

// How a convolution is computed.
struct Computation {
  std::optional<WinogradTile> winograd = std::nullopt;
  ElementType storage = ElementType::f32;
};

// Below the normal numbers weights, products and sums may each be off by as much as the smallest of these.
double lostBelowNormal(const ConvLayer &layer, const Tensor &x) {
  double largest = 0;
  for (const float value : x.data)
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  const Shape &weight = layer.weight->shape;
  return smallestNormal * static_cast<double>(weight[1] * weight[2] * weight[3] + 2) * (1 + largest);
}

// How the convolution is computed is about the rounding made here, not about what it makes of x's errors.
Tensor convolutionErrors(const ConvLayer &layer, const Operand &x, const Computation &how) {
  ConvLayer linear = layer;
  linear.activation = {};
  const Tensor sums = reference::convolve(linear, x.value);
  Tensor rounding = how.winograd && hasWinograd(layer, *how.winograd)
                        ? winogradRounding(layer, *how.winograd, x.value, sums)
                        : summationErrors(layer, x.value, sums);
  if (how.storage == ElementType::f16) rounding = reference::add(rounding, weightErrors(layer, x.value));
  rounding =
      mapElements(rounding, [lost = lostBelowNormal(layer, x.value)](double error) { return error + lost; });
  return activationErrors(layer.activation, sums,
                          bounded(reference::add(propagated(layer, x.error), rounding)));
}

// A dense layer is a 1x1 convolution of a map with one pixel.
ConvLayer asConvolution(const Dense &op) {
  ConvLayer layer;
  layer.outChannels = op.outFeatures;
  layer.hasBias = op.hasBias;
  layer.activation = op.activation;
  layer.weight = std::make_shared<const Tensor>(
      reference::reshape({op.weight->shape[0], op.weight->shape[1], 1, 1}, *op.weight));
  layer.bias = op.bias;
  return layer;
}

// Means keep the sign of errors, so they are averaged without hope of cancellation.
template <class Average>
Tensor meanErrors(const Operand &x, std::int64_t terms, Average average) {
  const Tensor means = average(x.value);
  const Tensor magnitudes = average(mapElements(x.value, [](double v) { return std::abs(v); }));
  Tensor errors = average(x.error);
  // Terms are scaled by 2^-k with 2^k <= 4 terms before they are added (codegen/halide/shared/Mean.h).
  const double lost = 4 * static_cast<double>(terms) * smallestNormal;
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] =
        finiteError(errors.data[i] + summationError(terms + 2, magnitudes.data[i], means.data[i]) + lost);
  return errors;
}

Tensor averagePoolErrors(const AveragePool &op, const Operand &x) {
  return meanErrors(x, op.window.kernel[0] * op.window.kernel[1],
                    [&](const Tensor &t) { return reference::averagePool(op, t); });
}

Tensor globalAverageErrors(const Operand &x) {
  return meanErrors(x, x.value.shape[1] * x.value.shape[2],
                    [](const Tensor &t) { return reference::globalAverage(t); });
}

// y_i = exp(x_i - m) / sum: the derivative is y_i (e_i - sum_j y_j e_j).
Tensor softmaxErrors(const Operand &x) {
  const Tensor y = reference::softmax(x.value);
  const auto channels = static_cast<std::size_t>(y.shape[0]);
  const std::size_t size = y.data.size() / channels;
  Tensor errors = y;
  for (std::size_t i = 0; i < size; ++i) {
    double largest = x.value.data[i], mean = 0;
    for (std::size_t at = i; at < y.data.size(); at += size) {
      largest = std::max(largest, static_cast<double>(x.value.data[at]));
      mean += static_cast<double>(y.data[at]) * x.error.data[at];
    }
    for (std::size_t at = i; at < y.data.size(); at += size) {
      const double roundings =
          functionUlps + 2 * (largest - x.value.data[at]) + static_cast<double>(channels);
      const double error = y.data[at] * (x.error.data[at] + mean + unitRoundoff * roundings) + smallestNormal;
      errors.data[at] = finiteError(std::min(error, 1.0)); // probabilities are never further apart
    }
  }
  return errors;
}

Tensor batchNormErrors(const BatchNorm &op, const Operand &x) {
  Tensor errors = x.error;
  const std::size_t size = errors.data.size() / static_cast<std::size_t>(errors.shape[0]);
  for (std::size_t i = 0; i < errors.data.size(); ++i) {
    const std::size_t c = i / size;
    const double slope =
        std::abs(op.scale->data[c] / std::sqrt(static_cast<double>(op.variance->data[c]) + op.epsilon));
    const double magnitude = slope * (std::abs(static_cast<double>(x.value.data[i])) +
                                      std::abs(static_cast<double>(op.mean->data[c]))) +
                             std::abs(static_cast<double>(op.bias->data[c]));
    errors.data[i] =
        finiteError(slope * errors.data[i] + 8 * unitRoundoff * magnitude + (2 * slope + 1) * smallestNormal);
  }
  return errors;
}

// y_c = x_c s^-beta with s = k + alpha/size sum x_d^2; dy_c/dx_d = -2 alpha beta/size x_c x_d s^(-beta-1),
// and s^-beta more for d = c. pow goes through exp(beta log s), which costs |beta log s| more.
Tensor responseErrors(const Lrn &op, const Operand &x) {
  const auto channels = static_cast<std::size_t>(x.value.shape[0]);
  const std::size_t size = x.value.data.size() / channels;
  const auto before = static_cast<std::size_t>((op.size - 1) / 2),
             after = static_cast<std::size_t>(op.size / 2);
  const double share = op.alpha / static_cast<double>(op.size), beta = std::abs(static_cast<double>(op.beta));
  Tensor errors = x.error;
  for (std::size_t at = 0; at < errors.data.size(); ++at) {
    const std::size_t c = at / size, i = at % size;
    const std::size_t first = c < before ? 0 : c - before, last = std::min(c + after, channels - 1);
    double squares = 0, crossed = 0;
    for (std::size_t d = first; d <= last; ++d) {
      const double v = x.value.data[d * size + i];
      squares += v * v;
      crossed += std::abs(v) * x.error.data[d * size + i];
    }
    const double v = std::abs(static_cast<double>(x.value.data[at]));
    if (v == 0 && crossed == 0 && errors.data[at] == 0) continue; // s may be 0
    const double s = op.k + share * squares, power = std::pow(s, -static_cast<double>(op.beta));
    const auto terms = static_cast<double>(last - first + 1);
    const double roundings = functionUlps + 4 * beta * std::abs(std::log(s)) + beta * (terms + 2);
    // Squares below 2^-126 of their scale, 2^88 there, count where k is as small.
    const double lost = op.k < 0x1p-60f ? std::min(1.0, 2 * beta * terms * 0x1p-214 / squares) : 0;
    errors.data[at] = finiteError(power * (x.error.data[at] + 2 * std::abs(share) * beta * v / s * crossed +
                                           (unitRoundoff * roundings + lost) * v) +
                                  smallestNormal);
  }
  return errors;
}

std::vector<Tensor> single(Tensor tensor) {
  std::vector<Tensor> tensors;
  tensors.push_back(std::move(tensor));
  return tensors;
}

std::vector<Tensor> mlpconvErrors(const Mlpconv &op, const Operand &x, Computation how) {
  Tensor maps = x.value, errors = x.error;
  for (const ConvLayer &layer : op.layers) {
    errors = convolutionErrors(layer, {maps, errors}, how);
    maps = reference::convolve(layer, maps);
    if (how.storage == ElementType::f16) errors = keptAsHalves(maps, std::move(errors));
    how.winograd.reset(); // the first layer's alone
  }
  const Operand last{maps, errors};
  return std::visit(
      Overloaded{
          [&](const NoEpilogue &) { return single(errors); },
          [&](const PoolEpilogue &pool) {
            if (pool.kind == PoolKind::max)
              return single(reference::maxPool(pool.window, pool.extent, errors));
            return single(averagePoolErrors({pool.window, pool.extent, pool.countIncludePad}, last));
          },
          [&](const GapEpilogue &gap) {
            Tensor means = globalAverageErrors(last);
            if (gap.softmax) means = softmaxErrors({reference::globalAverage(maps), means});
            std::vector<Tensor> results = single(std::move(means));
            if (gap.keepMaps) results.push_back(errors);
            return results;
          },
      },
      op.epilogue);
}

// One op's result errors from its operands' values and errors.
struct PropagateErrors {
  std::span<const Operand> operands;
  Computation how;

  using Tensors = std::vector<Tensor>;
  const Operand &x() const { return operands[0]; }
  std::vector<const Tensor *> errors() const {
    std::vector<const Tensor *> pointers;
    for (const Operand &operand : operands)
      pointers.push_back(&operand.error);
    return pointers;
  }

  Tensors operator()(const Input &op) const { return single(reference::zeros(op.type.shape)); }
  Tensors operator()(const Constant &op) const { return single(reference::zeros(op.shape)); }
  Tensors operator()(const Conv2d &op) const { return single(convolutionErrors(op.layer, x(), how)); }
  Tensors operator()(const Mlpconv &op) const { return mlpconvErrors(op, x(), how); }
  // The maximum is off by no more than the worst element of its window.
  Tensors operator()(const MaxPool &op) const {
    return single(reference::maxPool(op.window, op.extent, x().error));
  }
  Tensors operator()(const AveragePool &op) const { return single(averagePoolErrors(op, x())); }
  Tensors operator()(const GlobalAveragePool &) const { return single(globalAverageErrors(x())); }
  Tensors operator()(const Dropout &) const { return single(x().error); }
  Tensors operator()(const Unary &op) const { return single(elementErrors(op, x().value, x().error)); }
  Tensors operator()(const BatchNorm &op) const { return single(batchNormErrors(op, x())); }
  Tensors operator()(const Binary &op) const {
    return single(elementErrors(op, x().value, x().error, operands[1].value, operands[1].error));
  }
  Tensors operator()(const Concat &op) const { return single(reference::concatenate(op.axis, errors())); }
  Tensors operator()(const Flatten &) const {
    return single(reference::reshape({elementCount(x().error.shape)}, x().error));
  }
  Tensors operator()(const Reshape &op) const { return single(reference::reshape(op.shape, x().error)); }
  Tensors operator()(const Dense &op) const {
    const std::int64_t inputs = x().value.shape[0];
    Tensor value = reference::reshape({inputs, 1, 1}, x().value);
    Tensor error = reference::reshape({inputs, 1, 1}, x().error);
    return single(reference::reshape(
        {op.outFeatures}, convolutionErrors(asConvolution(op), {value, error}, {{}, how.storage})));
  }
  Tensors operator()(const Softmax &) const { return single(softmaxErrors(x())); }
  Tensors operator()(const Lrn &op) const { return single(responseErrors(op, x())); }
};

// Every value is there in its shape, and every parameter.
bool isEvaluated(const Graph &graph, const std::map<std::string, Tensor> &values) {
  for (Node node : graph.nodes()) {
    std::vector<TensorType> types = graph.operandTypes(node);
    Op op = graph.op(node);
    for (const ParameterSlot &slot : parameterSlots(op, types))
      if (!*slot.parameter || (*slot.parameter)->shape != slot.shape) return false;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      auto found = values.find(graph.name({node, i}));
      if (found == values.end() || found->second.shape != graph.type({node, i}).shape) return false;
    }
  }
  return true;
}

// The tile that is given for any of the node's results.
std::optional<WinogradTile> tileOf(const Graph &graph, Node node,
                                   const std::map<std::string, WinogradTile> &winograd) {
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    if (auto found = winograd.find(graph.name({node, i})); found != winograd.end()) return found->second;
  return std::nullopt;
}

} // namespace

std::map<std::string, double> errorBounds(const Graph &graph, const std::map<std::string, Tensor> &values,
                                          const std::map<std::string, WinogradTile> &winograd,
                                          ElementType storage) {
  if (!isEvaluated(graph, values)) return {};
  std::unordered_map<Value, Tensor> errors;
  std::map<std::string, double> bounds;
  for (Node node : graph.topologicalOrder()) {
    std::vector<Operand> operands;
    for (Value operand : graph.operands(node))
      operands.push_back({values.at(graph.name(operand)), errors.at(operand)});
    std::vector<Tensor> results =
        std::visit(PropagateErrors{operands, {tileOf(graph, node, winograd), storage}}, graph.op(node));
    const bool given = graph.as<Input>(node) || graph.as<Constant>(node);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (storage == ElementType::f16 && !given)
        results[i] = keptAsHalves(values.at(graph.name({node, i})), std::move(results[i]));
      results[i] = bounded(std::move(results[i]));
      bounds[graph.name({node, i})] = safetyFactor * largestMagnitude(results[i]);
      errors[{node, i}] = std::move(results[i]);
    }
  }
  return bounds;
}

} // namespace ninc

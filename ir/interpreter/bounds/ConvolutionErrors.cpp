// Convolutions and dense layers: the rounding of sums of products, by plain sums or by Winograd's transforms,
// and what the weights make of the operand's errors.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/bounds/ElementErrors.h"
#include "ir/interpreter/bounds/OpErrors.h"
#include "ir/interpreter/bounds/WinogradError.h"

namespace ninc::bounds {

namespace {

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
  Tensor errors =
      reference::convolve(withWeights(layer, [](double w) { return std::abs(w); }), magnitudes(x));
  const Shape &weight = layer.weight->shape;
  const std::int64_t terms = weight[1] * weight[2] * weight[3] + 2; // the bias, and the rounding at the end
  const std::size_t mapSize = sums.data.size() / static_cast<std::size_t>(layer.outChannels);
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] =
        finiteError(summationError(terms, errors.data[i] + biasOf(layer, i / mapSize), sums.data[i]));
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
  const Tensor rounded = propagated(withWeights(layer, rounding), magnitudes(x));
  // Weights below the normal halves may all vanish, and what they would have made is then the error.
  const auto vanishing = [](double w) { return std::abs(w) < smallestNormalHalf ? w : 0; };
  const Tensor vanished = reference::convolve(withWeights(layer, vanishing), x);
  return reference::add(rounded, magnitudes(vanished));
}

// Below the normal numbers weights, products and sums may each be off by as much as the smallest of these.
double lostBelowNormal(const ConvLayer &layer, const Tensor &x) {
  const Shape &weight = layer.weight->shape;
  return smallestNormal * static_cast<double>(weight[1] * weight[2] * weight[3] + 2) *
         (1 + largestMagnitude(x));
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

} // namespace

Tensors resultErrors(const Conv2d &op, Operands operands, const Computation &how) {
  return single(convolutionErrors(op.layer, operands[0], how));
}

Tensors resultErrors(const Mlpconv &op, Operands operands, const Computation &how) {
  Tensor maps = operands[0].value, errors = operands[0].error;
  Computation layerHow = how;
  for (const ConvLayer &layer : op.layers) {
    errors = convolutionErrors(layer, {maps, errors}, layerHow);
    maps = reference::convolve(layer, maps);
    if (how.storage == ElementType::f16) errors = keptAsHalves(maps, std::move(errors));
    layerHow.winograd.reset(); // the first layer's alone
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
            Tensors results = single(std::move(means));
            if (gap.keepMaps) results.push_back(errors);
            return results;
          },
          [&](const PointwiseEpilogue &pointwise) {
            std::vector<Operand> elements{last};
            for (const Operand &operand : operands.subspan(1))
              elements.push_back(operand);
            return single(chainErrors(pointwise.chain, elements));
          },
      },
      op.epilogue);
}

Tensors resultErrors(const Dense &op, Operands operands, const Computation &how) {
  const std::int64_t inputs = operands[0].value.shape[0];
  const Tensor value = reference::reshape({inputs, 1, 1}, operands[0].value);
  const Tensor error = reference::reshape({inputs, 1, 1}, operands[0].error);
  return single(
      reference::reshape({op.outFeatures}, convolutionErrors(asConvolution(op), {value, error},
                                                             {.winograd = {}, .storage = how.storage})));
}

} // namespace ninc::bounds

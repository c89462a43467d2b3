// Fold linear maps: two layers without an activation between them are one.
//
//   a = conv2d x 3x3 -> 64                 b = conv2d x 3x3 -> 16
//   b = conv2d a 1x1 -> 16         ==>        weight'[o, c] = sum over m of b.weight[o, m] * a.weight[m, c]
//
//   a = dense x -> 64                      b = dense x -> 10
//   b = dense a -> 10              ==>
//
//   c = conv2d x 1x1 -> 10                 m = global_avg_pool x
//   g = global_avg_pool c          ==>     g = dense m -> 10
//
//   c = conv2d x 3x3 -> 16                 y = conv2d x 3x3 -> 16
//   m = mul c k         (k one number      (scale and shift in weight and bias, as for a batch_norm)
//   y = add m l          a channel)  ==>
//
//   n = batch_norm x                       y = batch_norm x
//   m = mul n k                      ==>       scale' = scale * k
//   y = add m l                                bias' = bias * k + l
//
// Algorithm: one sweep over the nodes in topological order; a rule looks at a node and what it reads, which
// is folded already, so chains of any length collapse. Two convolutions compose if one of them has a 1x1
// kernel (else the kernel grows): the second with any stride, or the first with stride 1. Neighbouring layers
// inside one mlpconv compose too. The result has the last value's name.
//
// When it must not fire:
//  - An activation stands between: not linear. That is so in all of the paper's networks, so they leave this
//    pass untouched; above all the mean isn't taken before the last 1x1 convolution, whose ReLU forbids it.
//  - One layer would cost more than two: squeezing 256 channels to 16 and widening them again is cheap
//    because of the bottleneck. Multiply-accumulates decide, equal counts as cheaper.
//  - The first has a bias and the second is padded: inside the map the second reads the bias, in its padding
//    0, and one bias can't say that.
//  - Groups; an intermediate that is an output or has another reader; unbound parameters, or such as would
//  leave f32's range.
#include <cmath>
#include <fmt/format.h>
#include <memory>

#include "ir/ops/OpCost.h"
#include "passes/LinearMap.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "fold-linear-maps";

std::int64_t workOf(const Op &op, const TensorType &operand) {
  return multiplyAccumulates(op, {&operand, 1});
}

std::int64_t workOf(const std::vector<ConvLayer> &layers, const TensorType &operand) {
  return workOf(Mlpconv{layers, NoEpilogue{}}, operand);
}

bool isPlain(const ConvLayer &layer) {
  return layer.groups == 1 && !layer.activation;
}

// A kernel of one element, wherever it steps.
bool readsOnePixel(const ConvLayer &layer) {
  return layer.window.kernel == std::array<std::int64_t, 2>{1, 1} && !isPadded(layer.window) &&
         layer.groups == 1;
}

// The window of second after first, or none if the two don't compose.
std::optional<Window> composedWindow(const ConvLayer &first, const ConvLayer &second) {
  if (readsOnePixel(second)) {
    Window window = first.window;
    for (std::size_t axis = 0; axis < 2; ++axis)
      window.stride[axis] *= second.window.stride[axis];
    return window;
  }
  if (isPointwise(first) && (!isPadded(second.window) || !first.hasBias)) return second.window;
  return std::nullopt;
}

// What composing gives, or why not.
struct Composition {
  std::optional<ConvLayer> layer;
  std::string refusal;
};

Composition composeLayers(const ConvLayer &first, const ConvLayer &second) {
  if (!isPlain(first))
    return {std::nullopt, first.groups != 1 ? "the first has groups" : "an activation stands between"};
  if (second.groups != 1) return {std::nullopt, "the second has groups"};
  std::optional<Window> window = composedWindow(first, second);
  if (!window)
    return {std::nullopt,
            isPointwise(first) ? "the first has a bias and the second is padded" : "neither is 1x1"};
  std::optional<LinearMap> firstMap = linearMapOf(first), secondMap = linearMapOf(second);
  if (!firstMap || !secondMap) return {std::nullopt, "their weights aren't bound"};
  std::optional<LinearMap> map = compose(*firstMap, *secondMap);
  if (!map) return {std::nullopt, "their weights would leave f32's range"};
  ConvLayer layer = second;
  layer.window = *window;
  layer.weight = std::move(map->weight);
  layer.hasBias = map->bias != nullptr;
  layer.bias = std::move(map->bias);
  return {std::move(layer), {}};
}

// Replaces layers[at] and layers[at + 1] by their composition. Says why not, or nothing.
std::string composeInPlace(std::vector<ConvLayer> &layers, std::size_t at, const TensorType &operand) {
  // Cheap reasons first: composing costs as much as a layer.
  ConvLayer &first = layers[at], &second = layers[at + 1];
  std::optional<Window> window = composedWindow(first, second);
  if (isPlain(first) && second.groups == 1 && window) {
    std::vector<ConvLayer> shorter = layers;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
    shorter[at].window = *window;
    std::int64_t separate = workOf(layers, operand), together = workOf(shorter, operand);
    if (together > separate)
      return fmt::format("one layer would cost {} multiply-accumulates, the two cost {}", together, separate);
  }
  Composition composition = composeLayers(first, second);
  if (!composition.layer) return composition.refusal;
  first = std::move(*composition.layer);
  layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  return {};
}

// Puts `composed` in the place of `reader` and of the producer of `between`, its first operand. False, and
// nothing is changed, if that has no type.
bool replacePair(Graph &graph, Value between, Node reader, Op composed) {
  // Operand and op change together: either alone may have no type.
  graph.setOperand(reader, 0, graph.operand(between.node, 0));
  if (graph.replaceOp(reader, std::move(composed))) {
    eraseUnused(graph, between.node);
    return true;
  }
  graph.setOperand(reader, 0, between);
  return false;
}

// conv2d into the conv2d or mlpconv that reads it.
bool foldConvolutions(Graph &graph, PassContext &context, Node reader) {
  std::optional<ConvStack> stack = convStackOf(graph.op(reader));
  if (!stack) return false;
  Value between = graph.operand(reader, 0);
  const auto *producer = graph.as<Conv2d>(between.node);
  if (!producer || producer->layer.activation) return false;

  Value operand = graph.operand(between.node, 0);
  std::vector<ConvLayer> layers = stack->layers;
  layers.insert(layers.begin(), producer->layer);
  std::string refusal = reasonToKeep(graph, between, reader);
  if (refusal.empty()) refusal = composeInPlace(layers, 0, graph.type(operand));
  std::string name = graph.name(graph.result(reader)), producerName = graph.name(between);
  if (refusal.empty()) {
    Op composed = Mlpconv{layers, stack->epilogue};
    if (graph.as<Conv2d>(reader)) composed = Conv2d{layers.front()};
    if (replacePair(graph, between, reader, std::move(composed))) {
      context.diagnostics.remark(pass, graph.where(reader),
                                 fmt::format("'{}' and '{}' are one convolution", producerName, name));
      return true;
    }
    refusal = "the convolution would be too large";
  }
  context.diagnostics.remark(pass, graph.where(reader),
                             fmt::format("'{}' isn't folded into '{}': {}", producerName, name, refusal));
  return false;
}

// Neighbours inside an mlpconv.
bool foldInsideMlpconv(Graph &graph, PassContext &context, Node node) {
  const auto *mlpconv = graph.as<Mlpconv>(node);
  if (!mlpconv) return false;
  Mlpconv shorter = *mlpconv;
  for (std::size_t at = 0; at + 1 < shorter.layers.size();) {
    bool linear = !shorter.layers[at].activation;
    bool composed = linear && composeInPlace(shorter.layers, at, graph.type(graph.operand(node, 0))).empty();
    // A layer less changes what composing its neighbours costs.
    at = composed ? 0 : at + 1;
  }
  std::size_t before = mlpconv->layers.size(), after = shorter.layers.size();
  if (before == after || !graph.replaceOp(node, std::move(shorter))) return false;
  context.diagnostics.remark(
      pass, graph.where(node),
      fmt::format("'{}' has {} layers instead of {}: no activation stood between the others",
                  graph.name(graph.result(node)), after, before));
  return true;
}

// Both, until neither applies: a new first layer changes what composing it with the second costs.
bool foldStack(Graph &graph, PassContext &context, Node node) {
  bool changed = foldInsideMlpconv(graph, context, node);
  while (foldConvolutions(graph, context, node)) {
    foldInsideMlpconv(graph, context, node);
    changed = true;
  }
  return changed;
}

bool foldDense(Graph &graph, PassContext &context, Node reader) {
  const auto *second = graph.as<Dense>(reader);
  if (!second) return false;
  Value between = graph.operand(reader, 0);
  const auto *first = graph.as<Dense>(between.node);
  if (!first || first->activation) return false;

  Value operand = graph.operand(between.node, 0);
  std::string refusal = reasonToKeep(graph, between, reader);
  std::int64_t separate = workOf(*first, graph.type(operand)) + workOf(*second, graph.type(between));
  std::int64_t together = workOf(*second, graph.type(operand));
  if (refusal.empty() && together > separate)
    refusal =
        fmt::format("one layer would cost {} multiply-accumulates, the two cost {}", together, separate);
  std::optional<LinearMap> firstMap = trailingMap(*first), secondMap = leadingMap(*second);
  if (refusal.empty() && (!firstMap || !secondMap)) refusal = "their weights aren't bound";
  std::optional<LinearMap> map;
  if (refusal.empty() && !(map = compose(*firstMap, *secondMap)))
    refusal = "their weights would leave f32's range";
  std::string name = graph.name(graph.result(reader)), producerName = graph.name(between);
  if (refusal.empty()) {
    Op composed = withLeadingMap(*second, std::move(*map));
    if (replacePair(graph, between, reader, std::move(composed))) {
      context.diagnostics.remark(pass, graph.where(reader),
                                 fmt::format("'{}' and '{}' are one dense layer", producerName, name));
      return true;
    }
    refusal = "the layer would be too large";
  }
  context.diagnostics.remark(pass, graph.where(reader),
                             fmt::format("'{}' isn't folded into '{}': {}", producerName, name, refusal));
  return false;
}

// The mean of a linear function is the function of the mean, at one pixel's cost. One convolution is passed;
// the new global_avg_pool may pass the next. Last layers of an mlpconv
// stay where they are: there the mean costs nothing (merge-gap), and a kernel less is worth more.
std::optional<Node> averageFirst(Graph &graph, PassContext &context, Node gap) {
  Value maps = graph.operand(gap, 0);
  const auto *conv = graph.as<Conv2d>(maps.node);
  if (!conv || !isPointwise(conv->layer) || conv->layer.activation) return std::nullopt;
  std::optional<LinearMap> map = linearMapOf(conv->layer);
  if (!map) return std::nullopt;
  std::string name = graph.name(graph.result(gap)), convName = graph.name(maps);
  SourceRange where = graph.where(gap);
  if (std::string reason = reasonToKeep(graph, maps, gap); !reason.empty()) {
    context.diagnostics.remark(pass, where,
                               fmt::format("'{}' isn't taken before '{}': {}", name, convName, reason));
    return std::nullopt;
  }

  Tensor matrix = *map->weight;
  matrix.shape.resize(2);
  Dense dense{conv->layer.outChannels, conv->layer.hasBias, Activation{},
              std::make_shared<const Tensor>(std::move(matrix)), map->bias};
  Value input = graph.operand(maps.node, 0);
  Result<Node> mean = graph.insertBefore(maps.node, GlobalAveragePool{}, {&input, 1}, {}, where);
  if (!mean) return std::nullopt;
  Value averages = graph.result(*mean);
  Result<Node> layer =
      graph.insertBefore(maps.node, std::move(dense), {&averages, 1}, {}, graph.where(maps.node));
  if (!layer) {
    graph.erase(*mean);
    return std::nullopt;
  }
  takePlace(graph, graph.result(*layer), graph.result(gap));
  graph.erase(maps.node);
  context.diagnostics.remark(
      pass, where, fmt::format("'{}' is taken before '{}', which becomes a dense layer", name, convName));
  return *mean;
}

bool averageEarly(Graph &graph, PassContext &context, Node node) {
  if (!graph.as<GlobalAveragePool>(node)) return false;
  std::optional<Node> gap = averageFirst(graph, context, node);
  bool changed = gap.has_value();
  while (gap)
    gap = averageFirst(graph, context, *gap);
  return changed;
}

// Takes the node's place by what it reads, which computes the node's result now.
void takeOver(Graph &graph, Node node) {
  std::vector<Value> operands = graph.operands(node);
  takePlace(graph, operands[0], graph.result(node));
  for (std::size_t i = 1; i < operands.size(); ++i)
    eraseUnused(graph, operands[i].node);
}

// affine after norm; none where that would leave f32's range.
std::optional<BatchNorm> normFollowedBy(const BatchNorm &norm, const ChannelAffine &affine) {
  Tensor scale = *norm.scale, bias = *norm.bias;
  for (std::size_t c = 0; c < scale.data.size(); ++c) {
    scale.data[c] = static_cast<float>(norm.scale->data[c] * affine.scale[c]);
    bias.data[c] = static_cast<float>(norm.bias->data[c] * affine.scale[c] + affine.shift[c]);
    if (!std::isfinite(scale.data[c]) || !std::isfinite(bias.data[c])) return std::nullopt;
    if (norm.scale->data[c] * affine.scale[c] != 0 && !std::isnormal(scale.data[c])) return std::nullopt;
  }
  BatchNorm both = norm;
  both.scale = std::make_shared<const Tensor>(std::move(scale));
  both.bias = std::make_shared<const Tensor>(std::move(bias));
  return both;
}

// mul, add or batch_norm by constants, into the batch_norm before it that no layer has taken.
bool foldIntoNorm(Graph &graph, PassContext &context, Node node) {
  const std::optional<ChannelAffine> affine = channelAffineOf(graph, node);
  if (!affine) return false;
  const Value before = graph.operand(node, 0);
  const auto *norm = graph.as<BatchNorm>(before.node);
  if (!norm || !channelAffineOf(graph, before.node)) return false; // or it is unbound
  const std::string name = graph.name(graph.result(node)), normName = graph.name(before);
  const SourceRange where = graph.where(node);
  std::string refusal = reasonToKeep(graph, before, node);
  std::optional<BatchNorm> both;
  if (refusal.empty() && !(both = normFollowedBy(*norm, *affine)))
    refusal = "its numbers would leave f32's range";
  if (!refusal.empty() || !graph.replaceOp(before.node, std::move(*both))) {
    context.diagnostics.remark(pass, where,
                               fmt::format("'{}' isn't folded into '{}': {}", name, normName, refusal));
    return false;
  }
  takeOver(graph, node);
  context.diagnostics.remark(pass, where, fmt::format("'{}' is folded into '{}'", name, normName));
  return true;
}

// mul, add or batch_norm by constants, into the layer before it.
bool foldAffine(Graph &graph, PassContext &context, Node node) {
  std::optional<ChannelAffine> affine = channelAffineOf(graph, node);
  if (!affine) return false;
  Value before = graph.operand(node, 0);
  std::optional<LinearMap> map = trailingMap(graph.op(before.node));
  if (!map) return false;
  std::string name = graph.name(graph.result(node)), layerName = graph.name(before);
  SourceRange where = graph.where(node);
  std::string refusal = reasonToKeep(graph, before, node);
  std::optional<LinearMap> folded;
  if (refusal.empty() && !(folded = followedBy(*map, *affine)))
    refusal = "its weights would leave f32's range";
  if (refusal.empty() &&
      !graph.replaceOp(before.node, withTrailingMap(graph.op(before.node), std::move(*folded))))
    refusal = "the layer would be too large";
  if (!refusal.empty()) {
    context.diagnostics.remark(pass, where,
                               fmt::format("'{}' isn't folded into '{}': {}", name, layerName, refusal));
    return false;
  }
  takeOver(graph, node);
  context.diagnostics.remark(pass, where, fmt::format("'{}' is folded into '{}'", name, layerName));
  return true;
}

} // namespace

bool foldLinearMaps(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder())
    changed |= foldAffine(graph, context, node) || foldIntoNorm(graph, context, node) ||
               averageEarly(graph, context, node) || foldDense(graph, context, node) ||
               foldStack(graph, context, node);
  return changed;
}

} // namespace ninc

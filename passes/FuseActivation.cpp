// Fuse activation: an elementwise function of a convolution's or dense layer's result moves into the layer,
// where the number is still in a register.
//
//   c = conv2d x 3x3 -> 16
//   r = relu c                   ==>     r = conv2d x 3x3 -> 16 relu
//
//   p = max_pool c 3x3                   c' = conv2d x 3x3 -> 16 relu
//   r = relu p                   ==>     r  = max_pool c' 3x3
//
// Algorithm: for each function of one element (relu, sigmoid, ...) in topological order: if its operand is
// the linear result of a conv2d, dense or mlpconv (its last layer) that nobody else reads, the layer takes
// the function as its activation, and its name. Max pooling commutes with functions that never fall, so a
// relu or clip behind such a pool moves before it: there are more elements there, but the comparison is free
// inside the convolution, and the convolution ends as fusion likes it. (A sigmoid or tanh costs more than it
// saves, and a leaky_relu of negative slope falls.) That changes what the maps between mean, so they lose
// their name. A relu on what is a relu already is dropped.
//
// When it must not fire: the value between is an output or has another reader; the layer has another
// activation; average pooling stands between, with which nothing but linear functions commutes.
#include <fmt/format.h>

#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "fuse-activation";

// The activation an op ends with, or null if it can't have one.
Activation *trailingActivation(Op &op) {
  if (auto *conv = std::get_if<Conv2d>(&op)) return &conv->layer.activation;
  if (auto *dense = std::get_if<Dense>(&op)) return &dense->activation;
  auto *mlpconv = std::get_if<Mlpconv>(&op);
  if (!mlpconv || !std::holds_alternative<NoEpilogue>(mlpconv->epilogue)) return nullptr;
  return &mlpconv->layers.back().activation;
}

struct FusionSite {
  Node layer;               // takes the activation
  std::optional<Node> pool; // the max_pool that stands between, if any
};

std::optional<FusionSite> siteOf(const Graph &graph, Node activationNode) {
  Node before = graph.operand(activationNode, 0).node;
  if (!graph.as<MaxPool>(before)) return FusionSite{before, std::nullopt};
  const Op &op = graph.op(activationNode);
  if (!is(op, UnaryKind::relu) && !is(op, UnaryKind::clip)) return std::nullopt;
  return FusionSite{graph.operand(before, 0).node, before};
}

bool fuseInto(Graph &graph, PassContext &context, const FusionSite &site, Node node) {
  Op op = graph.op(site.layer);
  Activation *trailing = trailingActivation(op);
  if (!trailing) return false;
  Value maps = graph.result(site.layer), result = graph.result(node);
  const Unary activation = *graph.as<Unary>(node);
  bool alreadyThere = *trailing == activation && activation.kind == UnaryKind::relu;
  std::string layerName = graph.name(maps), name = graph.name(result);
  SourceRange where = graph.where(node);
  auto refuse = [&](const std::string &reason) {
    context.diagnostics.remark(pass, where,
                               fmt::format("{} '{}' isn't fused with '{}': {}", spellingOf(activation.kind),
                                           name, layerName, reason));
    return false;
  };

  if (!alreadyThere && *trailing)
    return refuse(fmt::format("'{}' ends with {}", layerName, spellingOf(*trailing)));
  if (std::string reason = reasonToKeep(graph, maps, site.pool.value_or(node)); !reason.empty())
    return refuse(reason);
  if (site.pool)
    if (std::string reason = reasonToKeep(graph, graph.result(*site.pool), node); !reason.empty())
      return refuse(reason);

  *trailing = activation;
  if (!graph.replaceOp(site.layer, std::move(op))) return refuse("its type can't be inferred");
  if (site.pool && !alreadyThere) {
    // The maps aren't what the model called by this name any more.
    graph.rename(maps, freeName(graph, fmt::format("{}_{}", layerName, spellingOf(activation.kind))));
  }
  takePlace(graph, site.pool ? graph.result(*site.pool) : maps, result);
  std::string_view kind = spellingOf(activation.kind);
  std::string text = fmt::format("{} '{}' is fused into '{}'", kind, name, layerName);
  if (site.pool) text += ", ahead of the max pooling between them";
  if (alreadyThere)
    text = fmt::format("{} '{}' is dropped: '{}' ends with it already", kind, name, layerName);
  context.diagnostics.remark(pass, where, std::move(text));
  return true;
}

} // namespace

bool fuseActivation(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    if (!graph.as<Unary>(node)) continue;
    std::optional<FusionSite> site = siteOf(graph, node);
    if (site) changed |= fuseInto(graph, context, *site, node);
  }
  return changed;
}

} // namespace ninc

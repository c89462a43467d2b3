// Fold batch norm: once trained, batch normalisation is one multiplication and one addition a channel, and
// the linear layer beside it can do both with numbers it multiplies and adds anyway.
//
//   c = conv2d x 3x3 -> 16                           n = conv2d x 3x3 -> 16
//   n = batch_norm c                     ==>            weight'[o] = weight[o] * s[o]
//                                                       bias'[o]   = bias[o] * s[o] + t[o]
//   with s = scale / sqrt(variance + epsilon), t = bias - mean * s
//
//   n = batch_norm x                                 c = conv2d x 3x3 -> 16
//   c = conv2d n 3x3 -> 16               ==>            weight'[o, c] = weight[o, c] * s[c]
//                                                       bias'[o] = bias[o] + sum of weight[o, c, ..] * t[c]
//
// Algorithm: first, for each batch_norm in topological order: if its operand is the linear end of a conv2d,
// dense or mlpconv that nobody else reads, scale that layer's outputs. Then, for each that is left, in
// reverse order: if a conv2d, dense or mlpconv alone reads it, scale that layer's inputs. The arithmetic is
// in passes/LinearMap.
//
// When it must not fire: an activation or a pooling stands between; the value between is an output or has
// another reader; forwards, the convolution is padded (the padding is 0 after the normalisation, so t is
// missing there) or has groups; the parameters are unbound, or a folded one would leave f32's range. Such a
// batch_norm stays and becomes a kernel of its own.
#include <fmt/format.h>
#include <ranges>

#include "passes/LinearMap.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "fold-batch-norm";

// What became of an attempt: done when `refusal` is empty.
struct Attempt {
  std::string refusal;
  std::string layer; // the layer it went into, by its name before
};

bool isLinearLayer(const Op &op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Dense>(op) ||
         std::holds_alternative<Mlpconv>(op);
}

Attempt foldIntoProducer(Graph &graph, Node norm, const ChannelAffine &affine) {
  Value before = graph.operand(norm, 0);
  const Op &op = graph.op(before.node);
  std::string name = graph.name(before);
  if (!isLinearLayer(op)) return {fmt::format("'{}' isn't a convolution or dense layer", name), name};
  std::optional<LinearMap> map = trailingMap(op);
  if (!map) return {fmt::format("'{}' doesn't end with a linear layer", name), name};
  if (std::string reason = reasonToKeep(graph, before, norm); !reason.empty()) return {reason, name};
  std::optional<LinearMap> folded = followedBy(*map, affine);
  if (!folded) return {fmt::format("the weights of '{}' would leave f32's range", name), name};
  if (!graph.replaceOp(before.node, withTrailingMap(op, std::move(*folded)))) return {"internal", name};
  takePlace(graph, before, graph.result(norm));
  return {"", name};
}

bool firstWindowIsPadded(const Op &op) {
  std::optional<ConvStack> stack = convStackOf(op);
  return stack && isPadded(stack->layers.front().window);
}

Attempt foldIntoReader(Graph &graph, Node norm, const ChannelAffine &affine) {
  Value result = graph.result(norm);
  std::optional<Node> reader = soleReader(graph, result);
  if (!reader || !isLinearLayer(graph.op(*reader))) return {"no layer alone reads it", ""};
  std::string name = graph.name(graph.result(*reader));
  const Op &op = graph.op(*reader);
  std::optional<LinearMap> map = leadingMap(op);
  if (!map) return {fmt::format("'{}' has groups", name), name};
  if (firstWindowIsPadded(op)) return {fmt::format("'{}' pads what it reads", name), name};
  std::optional<LinearMap> folded = precededBy(*map, affine);
  if (!folded) return {fmt::format("the weights of '{}' would leave f32's range", name), name};
  if (!graph.replaceOp(*reader, withLeadingMap(op, std::move(*folded)))) return {"internal", name};
  graph.replaceAllUses(result, graph.operand(norm, 0));
  graph.erase(norm);
  return {"", name};
}

} // namespace

bool foldBatchNorm(Graph &graph, PassContext &context) {
  bool changed = false;
  auto folded = [&](SourceRange where, const std::string &name, const Attempt &attempt) {
    if (!attempt.refusal.empty()) return false;
    context.diagnostics.remark(pass, where,
                               fmt::format("batch_norm '{}' is folded into '{}'", name, attempt.layer));
    return changed = true;
  };
  // Backwards from the front, so that of two in a row the second finds the first folded; what is left then
  // forwards from the end, for the same reason.
  std::vector<std::pair<Node, std::string>> left;
  for (Node node : graph.topologicalOrder()) {
    std::optional<ChannelAffine> affine =
        graph.as<BatchNorm>(node) ? channelAffineOf(graph, node) : std::nullopt;
    if (!affine) continue; // or there is nothing to say about weights that aren't there yet
    std::string name = graph.name(graph.result(node));
    SourceRange where = graph.where(node);
    Attempt attempt = foldIntoProducer(graph, node, *affine);
    if (!folded(where, name, attempt)) left.emplace_back(node, attempt.refusal);
  }
  for (auto &[node, refusal] : left | std::views::reverse) {
    std::string name = graph.name(graph.result(node));
    SourceRange where = graph.where(node);
    Attempt attempt = foldIntoReader(graph, node, *channelAffineOf(graph, node));
    if (!folded(where, name, attempt))
      context.diagnostics.remark(
          pass, where, fmt::format("batch_norm '{}' stays: {}, and {}", name, refusal, attempt.refusal));
  }
  return changed;
}

} // namespace ninc

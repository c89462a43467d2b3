// Fold pads: a window has borders of its own, which cost nothing, where a pad writes its operand anew.
//
//   p = pad x before [0, 1, 1] behind [0, 1, 1]
//   c = conv2d p 3x3 -> 16                           ==>    c = conv2d x 3x3 pad 1 -> 16
//
// Algorithm: for each window in topological order (a conv2d's, an mlpconv's first, a pool's): while what it
// reads is a pad of rows and columns with the numbers that the window's own border stands for, the pad's
// extents are added to it. A pad that nobody reads any more goes.
//
//   a convolution      0
//   max_pool           the smallest number, or 0 where no number of the operand is below it
//   average_pool       0, counted from then on: not where the window has a border already that it doesn't
//   count
//
// When it must not fire: the pad is one of channels, or of other modes; the window would have a border that
// its op doesn't take, or as a ceiling pool another extent.
#include <fmt/format.h>
#include <limits>

#include "ir/ops/TypeRules.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "fold-pads";

bool isNeverNegative(const Unary &function) {
  return function.kind == UnaryKind::relu || function.kind == UnaryKind::sigmoid ||
         function.kind == UnaryKind::hardSigmoid || function.kind == UnaryKind::abs ||
         (function.kind == UnaryKind::clip && function.numbers[0] >= 0);
}

bool isNeverNegative(const Graph &graph, Value value) {
  while (graph.as<MaxPool>(value.node) || graph.as<AveragePool>(value.node))
    value = graph.operand(value.node, 0);
  if (const auto *function = graph.as<Unary>(value.node)) return isNeverNegative(*function);
  const auto *conv = graph.as<Conv2d>(value.node);
  return conv && conv->layer.activation && isNeverNegative(*conv->layer.activation);
}

Window padded(Window window, const Pad &pad) {
  window.pad.top += bordersOf(pad, 1).before;
  window.pad.bottom += bordersOf(pad, 1).behind;
  window.pad.left += bordersOf(pad, 2).before;
  window.pad.right += bordersOf(pad, 2).behind;
  return window;
}

std::optional<Op> withBorder(const Conv2d &conv, const Pad &pad, bool) {
  if (pad.fill != 0) return std::nullopt;
  Conv2d wider = conv;
  wider.layer.window = padded(conv.layer.window, pad);
  return wider;
}

std::optional<Op> withBorder(const Mlpconv &mlpconv, const Pad &pad, bool) {
  if (pad.fill != 0 || mlpconv.layers.empty()) return std::nullopt;
  Mlpconv wider = mlpconv;
  wider.layers[0].window = padded(mlpconv.layers[0].window, pad);
  return wider;
}

std::optional<Op> withBorder(const MaxPool &pool, const Pad &pad, bool isNeverNegative) {
  const bool isNothing = pad.fill == -std::numeric_limits<float>::max();
  if (!isNothing && !(pad.fill == 0 && isNeverNegative)) return std::nullopt;
  return MaxPool{padded(pool.window, pad), pool.extent};
}

std::optional<Op> withBorder(const AveragePool &pool, const Pad &pad, bool) {
  if (pad.fill != 0 || (isPadded(pool.window) && !pool.countIncludePad)) return std::nullopt;
  return AveragePool{padded(pool.window, pad), pool.extent, true};
}

template <class O>
std::optional<Op> withBorder(const O &, const Pad &, bool) {
  return std::nullopt;
}

bool foldIntoReader(Graph &graph, Node node, PassContext &context) {
  const Value operand = graph.operand(node, 0);
  const auto *pad = graph.as<Pad>(operand.node);
  if (!pad || pad->mode != PadMode::fill || graph.type(operand).shape.size() != 3) return false;
  if (const auto [before, behind] = bordersOf(*pad, 0); before != 0 || behind != 0) return false;
  const Value source = graph.operand(operand.node, 0);
  std::optional<Op> wider = std::visit(
      [&](const auto &op) { return withBorder(op, *pad, isNeverNegative(graph, source)); }, graph.op(node));
  if (!wider) return false;
  std::vector<TensorType> types;
  for (Value value : graph.operands(node))
    types.push_back(graph.type(value));
  types[0] = graph.type(source);
  const Result<std::vector<TensorType>> results = inferTypes(*wider, types);
  if (!results || results->front().shape != graph.type(graph.result(node)).shape) return false;
  const std::string name = graph.name(operand);
  graph.setOperand(node, 0, source);
  if (!graph.replaceOp(node, std::move(*wider))) {
    graph.setOperand(node, 0, operand);
    return false;
  }
  eraseUnused(graph, operand.node);
  context.diagnostics.remark(
      pass, graph.where(node),
      fmt::format("pad '{}' is the border of '{}'", name, graph.name(graph.result(node))));
  return true;
}

} // namespace

bool foldPads(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder())
    while (graph.operandCount(node) > 0 && foldIntoReader(graph, node, context))
      changed = true;
  return changed;
}

} // namespace ninc

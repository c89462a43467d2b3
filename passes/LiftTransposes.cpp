// Lift transposes: what a model does to its input before it turns it, it does behind the turn.
//
//   x = input f32[224, 224, 3]                x = input f32[224, 224, 3]
//   a = mul x scale                           t = transpose x [2, 0, 1]
//   b = concat zeros a axis 0          ==>    a_turned = mul t scale'
//   t = transpose b [2, 0, 1]                 t = concat zeros' a_turned axis 1
//   y = conv2d t 3x3 stride 2 -> 32           y = conv2d t 3x3 stride 2 -> 32
//
// Networks from channels-last frameworks scale and pad images in their own order. In front of a convolution's
// channels first, scales become its weights and borders its padding.
//
// Algorithm: from each transpose upwards, as long as an op has one operand beside constants, which nobody
// else reads, and computes the same on the other side. If that ends at an input, the transpose goes there,
// and the ops follow with their constants turned.
//
// When it must not fire: where the chain starts elsewhere: there transposes sink, to meet others.
#include <fmt/format.h>
#include <ranges>

#include "passes/Passes.h"
#include "passes/Rewriting.h"
#include "passes/TurnedOperands.h"

namespace ninc {

namespace {

// The operand that isn't a constant, if there is one such and the others are bound.
std::optional<Value> mainOperand(const Graph &graph, Node node) {
  std::optional<Value> main;
  for (Value operand : graph.operands(node)) {
    const auto *constant = graph.as<Constant>(operand.node);
    if (constant && constant->value) continue;
    if (constant || main) return std::nullopt;
    main = operand;
  }
  return main;
}

// The ops between an input and a transpose by that order that can change sides with it, the last one first;
// none if there are no such or they start elsewhere.
std::vector<Node> chainToInput(const Graph &graph, Node transpose, const Shape &order) {
  std::vector<Node> chain;
  for (Value value = graph.operand(transpose, 0); !graph.as<Input>(value.node);) {
    if (!soleReader(graph, value) || !opBefore(graph.op(value.node), opposite(order))) return {};
    const std::optional<Value> main = mainOperand(graph, value.node);
    if (!main || graph.type(*main).shape.size() != order.size()) return {};
    chain.push_back(value.node);
    value = *main;
  }
  return chain;
}

bool lift(Graph &graph, Node transpose) {
  const Shape order = graph.as<Transpose>(transpose)->order;
  const std::vector<Node> chain = chainToInput(graph, transpose, order);
  if (chain.empty()) return false;
  const Value last = graph.operand(transpose, 0);
  Value value = *mainOperand(graph, chain.back());
  Result<Node> made =
      graph.insertBefore(transpose, Transpose{order}, {&value, 1}, {}, graph.where(transpose));
  for (Node node : chain | std::views::reverse) {
    if (!made) return false;
    value = graph.result(*made);
    std::vector<Value> operands;
    for (Value operand : graph.operands(node)) {
      Result<Value> other = value;
      if (graph.as<Constant>(operand.node))
        other = turned(graph, transpose, {Way::constant, operand}, opposite(order));
      if (!other) return false;
      operands.push_back(*other);
    }
    const std::string name = freeName(graph, graph.name(graph.result(node)) + "_turned");
    made = graph.insertBefore(transpose, *opBefore(graph.op(node), opposite(order)), operands, {name},
                              graph.where(node));
  }
  if (!made) return false;
  takePlace(graph, graph.result(*made), graph.result(transpose));
  eraseUnused(graph, last.node);
  return true;
}

} // namespace

bool liftTransposes(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    if (!graph.as<Transpose>(node)) continue;
    const std::string name = graph.name(graph.result(node));
    const SourceRange where = graph.where(node);
    if (!lift(graph, node)) continue;
    context.diagnostics.remark("lift-transposes", where, fmt::format("'{}' turns the input", name));
    changed = true;
  }
  return changed;
}

} // namespace ninc

#include "passes/TurnedOperands.h"

#include "ir/interpreter/Interpreter.h"
#include "passes/Rearrangement.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

Shape inOrder(const Shape &shape, const Shape &order) {
  Shape turned;
  for (std::int64_t dimension : order)
    turned.push_back(shape[static_cast<std::size_t>(dimension)]);
  return turned;
}

bool movesNothing(const Shape &order, const Shape &from) {
  return keepsElements(rearrangementOf({order}, from));
}

} // namespace

Shape opposite(const Shape &order) {
  Shape back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return back;
}

std::optional<Op> opBefore(const Op &op, const Shape &order) {
  const bool keepsChannels = order.front() == 0;
  if (traitsOf(op).elementwise) return isUniform(op) || keepsChannels ? std::optional(op) : std::nullopt;
  if (std::holds_alternative<Softmax>(op) || std::holds_alternative<Lrn>(op))
    return keepsChannels ? std::optional(op) : std::nullopt;
  if (const auto *concat = std::get_if<Concat>(&op))
    return Concat{order[static_cast<std::size_t>(concat->axis)]};
  if (const auto *slice = std::get_if<Slice>(&op)) {
    Slice other = *slice;
    other.axis = order[static_cast<std::size_t>(slice->axis)];
    return other;
  }
  return std::nullopt;
}

Turn turnOf(const Graph &graph, Value operand, const Shape &order) {
  const Shape &shape = graph.type(operand).shape;
  if (shape.size() != order.size()) return {};
  if (const auto *transpose = graph.as<Transpose>(operand.node); transpose && transpose->order == order)
    return {Way::read, graph.operand(operand.node, 0)};
  const auto *constant = graph.as<Constant>(operand.node);
  if (constant && constant->value) return {Way::constant, operand};
  const Shape back = opposite(order);
  if (movesNothing(back, shape)) {
    if (traitsOf(graph.op(operand.node)).reshaping)
      if (const Value source = graph.operand(operand.node, 0);
          graph.type(source).shape == inOrder(shape, back))
        return {Way::read, source};
    return {Way::reshape, operand};
  }
  for (const Use &use : graph.uses(operand))
    if (const auto *transpose = graph.as<Transpose>(use.user); transpose && transpose->order == back)
      return {Way::read, graph.result(use.user)};
  return {};
}

Result<Value> turned(Graph &graph, Node reader, const Turn &turn, const Shape &order) {
  if (turn.way == Way::read) return turn.value;
  const Transpose back{opposite(order)};
  const Value operand = turn.value;
  if (turn.way == Way::reshape) {
    const Shape shape = inOrder(graph.type(operand).shape, back.order);
    if (shape == graph.type(operand).shape) return operand;
    Result<Node> made = graph.insertBefore(reader, Reshape{shape}, {&operand, 1}, {}, graph.where(reader));
    if (!made) return tl::unexpected(made.error());
    return graph.result(*made);
  }
  const Tensor &numbers = *graph.as<Constant>(operand.node)->value;
  Result<std::vector<Tensor>> results = evaluate(back, {&numbers, 1});
  if (!results) return tl::unexpected(results.error());
  Tensor &tensor = results->front();
  Shape shape = tensor.shape;
  Constant constant{std::move(shape), std::make_shared<const Tensor>(std::move(tensor))};
  Result<Node> made =
      graph.insertBefore(reader, std::move(constant), {}, {freeName(graph, graph.name(operand) + "_turned")},
                         graph.where(operand.node));
  if (!made) return tl::unexpected(made.error());
  return graph.result(*made);
}

} // namespace ninc

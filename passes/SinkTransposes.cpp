// Sink transposes: orders of dimensions go down the graph, until they meet their opposites and both vanish.
//
//   a = conv2d x 3x3 -> 16                      a = conv2d x 3x3 -> 16
//   b = transpose a [1, 2, 0]                   b_turned = mul a k'        (k' = k, turned alike)
//   c = mul b k                     ==>         c_turned = relu b_turned
//   d = relu c                                  y = conv2d c_turned 3x3 -> 16
//   e = transpose d [2, 0, 1]
//   y = conv2d e 3x3 -> 16
//
// Exporters of channels-last frameworks put a pair of transposes around each convolution, since ONNX's have
// channels first. Each pair costs two copies of the maps, and what lies between (a bias, a batch norm, an
// activation) can't be folded into the convolution in front.
//
// Algorithm: one sweep over the nodes in topological order. Where an op reads transposed values and computes
// the same on what lies in front of the transposes, it does so and its result is transposed instead:
// elementwise ops, concats, slices and pads (along another dimension), softmax, lrn and ops with a number a
// channel (where channels stay in front). All its operands must come along: other transposes by the same
// order, constants, which are turned here and now, what is the same in either order, and values that are
// transposed by the opposite order elsewhere. Reshapes that put extents of 1 elsewhere, a gate's, pass
// functions of elements likewise. What meets is cancelled by canonicalize, run behind the sweep. All that is
// tried on a copy, which takes the graph's place if its transposes move no more elements than before: where
// orders fork and meet no opposites, sinking would double them.
//
// When it must not fire: where a result is larger than what was transposed (a stretched operand): the
// transpose would move more. A value's meaning is its name's: what is computed in the other order gets new
// names, and the old ones go with the transposes that vanish.
#include <algorithm>
#include <fmt/format.h>

#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"
#include "passes/Rearrangement.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

Shape opposite(const Shape &order) {
  Shape back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return back;
}

Shape inOrder(const Shape &shape, const Shape &order) {
  Shape turned;
  for (std::int64_t dimension : order)
    turned.push_back(shape[static_cast<std::size_t>(dimension)]);
  return turned;
}

bool movesNothing(const Shape &order, const Shape &from) {
  return keepsElements(rearrangementOf({order}, from));
}

// The elements that a node moves, if it is a transpose that stays one.
std::int64_t elementsMoved(const Graph &graph, Node node) {
  const auto *transpose = graph.as<Transpose>(node);
  if (!transpose) return 0;
  const Value source = graph.operand(node, 0);
  const Shape &from = graph.type(source).shape;
  return graph.as<Constant>(source.node) || movesNothing(transpose->order, from) ? 0 : elementCount(from);
}

std::int64_t elementsMoved(const Graph &graph) {
  std::int64_t sum = 0;
  for (Node node : graph.nodes())
    sum += elementsMoved(graph, node);
  return sum;
}

// The op that does on operands in their former order what `op` does on those turned by `order`, if there is
// one.
std::optional<Op> before(const Op &op, const Shape &order) {
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
  if (const auto *pad = std::get_if<Pad>(&op)) {
    Pad other = *pad;
    other.before = other.behind = Shape(order.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto dimension = static_cast<std::size_t>(order[i]);
      other.before[dimension] = bordersOf(*pad, i).before;
      other.behind[dimension] = bordersOf(*pad, i).behind;
    }
    return other;
  }
  return std::nullopt;
}

// How an operand comes to lie in the order from before a transpose by `order`.
enum class Way : std::uint8_t { none, source, constant, reshape, known };

struct Turn {
  Way way = Way::none;
  Value value; // source, known: what is read instead
};

Turn turnOf(const Graph &graph, Value operand, const Shape &order) {
  const Shape &shape = graph.type(operand).shape;
  if (shape.size() != order.size()) return {};
  if (const auto *transpose = graph.as<Transpose>(operand.node); transpose && transpose->order == order)
    return {Way::source, graph.operand(operand.node, 0)};
  const auto *constant = graph.as<Constant>(operand.node);
  if (constant && constant->value) return {Way::constant, operand};
  const Shape back = opposite(order);
  if (movesNothing(back, shape)) {
    if (traitsOf(graph.op(operand.node)).reshaping)
      if (const Value source = graph.operand(operand.node, 0);
          graph.type(source).shape == inOrder(shape, back))
        return {Way::known, source};
    return {Way::reshape, operand};
  }
  for (const Use &use : graph.uses(operand))
    if (const auto *transpose = graph.as<Transpose>(use.user); transpose && transpose->order == back)
      return {Way::known, graph.result(use.user)};
  return {};
}

Result<Value> turned(Graph &graph, Node reader, const Turn &turn, const Shape &order) {
  if (turn.way == Way::source || turn.way == Way::known) return turn.value;
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

// What puts nothing but extents of 1 elsewhere, as the order of a transpose.
std::optional<Shape> orderOfOnes(const Graph &graph, Node node) {
  if (const auto *transpose = graph.as<Transpose>(node)) return transpose->order;
  if (!graph.as<Reshape>(node)) return std::nullopt;
  const Shape &from = graph.type(graph.operand(node, 0)).shape, &to = graph.type(graph.result(node)).shape;
  return transposeOrder(unmoved(elementCount(from)), from, to);
}

// The order of the first operand that is transposed and moves; or else, of a function of elements, of one
// whose extents of 1 are elsewhere.
std::optional<Shape> orderAbove(const Graph &graph, Node node) {
  for (Value operand : graph.operands(node))
    if (elementsMoved(graph, operand.node) > 0) return graph.as<Transpose>(operand.node)->order;
  if (traitsOf(graph.op(node)).elementwise)
    for (Value operand : graph.operands(node))
      if (std::optional<Shape> order = orderOfOnes(graph, operand.node)) return order;
  return std::nullopt;
}

// Lets the transposes in front of `node` pass it, if they can. The node is gone then.
bool sinkBelow(Graph &graph, Node node) {
  const std::optional<Shape> order = orderAbove(graph, node);
  if (!order) return false;
  const Value result = graph.result(node);
  std::optional<Op> op = before(graph.op(node), *order);
  if (!op || graph.type(result).shape.size() != order->size()) return false;
  std::vector<Turn> turns;
  std::int64_t moved = 0;
  for (Value operand : graph.operands(node)) {
    turns.push_back(turnOf(graph, operand, *order));
    if (turns.back().way == Way::none || turns.back().value.node == node) return false;
    if (turns.back().way != Way::constant) moved += elementCount(graph.type(operand).shape);
  }
  if (traitsOf(*op).elementwise && elementCount(graph.type(result).shape) > moved) return false;
  std::vector<Value> operands;
  for (const Turn &turn : turns) {
    Result<Value> operand = turned(graph, node, turn, *order);
    if (!operand) return false;
    operands.push_back(*operand);
  }
  const SourceRange where = graph.where(node);
  const std::string name = freeName(graph, graph.name(result) + "_turned");
  Result<Node> made = graph.insertBefore(node, *std::move(op), operands, {name}, where);
  if (!made) return false;
  const Value inFront = graph.result(*made);
  Result<Node> transpose = graph.insertBefore(node, Transpose{*order}, {&inFront, 1}, {}, where);
  if (!transpose) return false;
  const std::vector<Value> read = graph.operands(node);
  takePlace(graph, graph.result(*transpose), result);
  for (std::size_t i = 0; i < read.size(); ++i)
    if (std::find(read.begin(), read.begin() + static_cast<std::ptrdiff_t>(i), read[i]) ==
        read.begin() + static_cast<std::ptrdiff_t>(i))
      eraseUnused(graph, read[i].node);
  return true;
}

} // namespace

bool sinkTransposes(Graph &graph, PassContext &context) {
  const std::int64_t before = elementsMoved(graph);
  Graph trial = graph.clone();
  std::size_t passed = 0;
  for (Node node : trial.topologicalOrder())
    passed += sinkBelow(trial, node);
  if (passed == 0) return false;
  canonicalize(trial, context);
  const std::int64_t after = elementsMoved(trial);
  const std::string moves =
      fmt::format("transposes below {} ops leave {} elements to move, of {}", passed, after, before);
  if (after > before) {
    context.diagnostics.remark("sink-transposes", {}, moves + ": they stay");
    return false;
  }
  context.diagnostics.remark("sink-transposes", {}, moves);
  graph = std::move(trial);
  return true;
}

} // namespace ninc

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
// transposed by the opposite order elsewhere. What meets is cancelled by canonicalize, run behind the sweep.
// All that is tried on a copy, which takes the graph's place if its transposes move no more elements than
// before: where orders fork and meet no opposites, sinking would double them.
//
// When it must not fire: where a result is larger than what was transposed (a stretched operand): the
// transpose would move more. On an input's transpose, which is at the border. A value's meaning is its
// name's: what is computed in the other order gets new names, and the old ones go with the transposes that
// vanish.
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "passes/Passes.h"
#include "passes/Rearrangement.h"
#include "passes/Rewriting.h"
#include "passes/TurnedOperands.h"

namespace ninc {

namespace {

// The elements that a node moves, if it is a transpose that stays one.
std::int64_t elementsMoved(const Graph &graph, Node node) {
  const auto *transpose = graph.as<Transpose>(node);
  if (!transpose) return 0;
  const Value source = graph.operand(node, 0);
  const Shape &from = graph.type(source).shape;
  return graph.as<Constant>(source.node) || keepsElements(rearrangementOf(*transpose, from))
             ? 0
             : elementCount(from);
}

std::int64_t elementsMoved(const Graph &graph) {
  std::int64_t sum = 0;
  for (Node node : graph.nodes())
    sum += elementsMoved(graph, node);
  return sum;
}

// The order of the first operand that is transposed and moves. What a transpose makes of an input stays where
// it is: one is needed there, and lift-transposes brings others to it.
std::optional<Shape> orderAbove(const Graph &graph, Node node) {
  for (Value operand : graph.operands(node))
    if (elementsMoved(graph, operand.node) > 0 && !graph.as<Input>(graph.operand(operand.node, 0).node))
      return graph.as<Transpose>(operand.node)->order;
  return std::nullopt;
}

// Lets the transposes in front of `node` pass it, if they can. The node is gone then.
bool sinkBelow(Graph &graph, Node node) {
  const std::optional<Shape> order = orderAbove(graph, node);
  if (!order) return false;
  const Value result = graph.result(node);
  std::optional<Op> op = opBefore(graph.op(node), *order);
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
  std::set<Node> gone;
  for (Value operand : read)
    if (gone.insert(operand.node).second) eraseUnused(graph, operand.node);
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

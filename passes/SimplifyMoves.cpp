#include "passes/SimplifyMoves.h"

#include <algorithm>

#include "passes/Rewriting.h"

namespace ninc {

namespace {

// Makes `node` the op, of that operand, and drops what it read before.
bool putInPlace(Graph &graph, Node node, Value operand, Op op) {
  const Node before = graph.operand(node, 0).node;
  graph.setOperand(node, 0, operand);
  if (before != operand.node) eraseUnused(graph, before);
  return graph.replaceOp(node, std::move(op)).has_value();
}

// Whether nobody but the next one reads any of these but the first.
bool leadNowhereElse(const Graph &graph, const std::vector<Node> &movers) {
  return std::all_of(movers.begin() + 1, movers.end(),
                     [&](Node mover) { return soleReader(graph, graph.result(mover)).has_value(); });
}

// As reshape, transpose, reshape; false where that has more dimensions than values may have.
bool moveInParts(Graph &graph, Node node, const Moved &moved) {
  Value value = moved.source;
  Transpose transpose;
  Shape parts, turned;
  for (std::size_t part : moved.how.order) {
    transpose.order.push_back(static_cast<std::int64_t>(part));
    turned.push_back(moved.how.parts[part]);
  }
  if (!checkShape(moved.how.parts)) return false;
  if (graph.type(value).shape != moved.how.parts) {
    Result<Node> reshape =
        graph.insertBefore(node, reshapeTo(moved.how.parts), {&value, 1}, {}, graph.where(node));
    if (!reshape) return false;
    value = graph.result(*reshape);
  }
  const Shape to = graph.type(graph.result(node)).shape;
  if (to == turned) return putInPlace(graph, node, value, std::move(transpose));
  Result<Node> made = graph.insertBefore(node, std::move(transpose), {&value, 1}, {}, graph.where(node));
  return made && putInPlace(graph, node, graph.result(*made), reshapeTo(to));
}

} // namespace

Op reshapeTo(const Shape &shape) {
  if (shape.size() == 1) return Flatten{};
  return Reshape{shape};
}

bool simplifyMoves(Graph &graph, Node node) {
  const Value result = graph.result(node);
  const Moved moved = movedFrom(graph, result);
  if (moved.transposes == 0) return false;
  const Shape &to = graph.type(result).shape;
  if (keepsElements(moved.how)) return putInPlace(graph, node, moved.source, reshapeTo(to));
  if (moved.movers.size() < 2) return false;
  if (std::optional<Shape> order = transposeOrder(moved.how, graph.type(moved.source).shape, to))
    return putInPlace(graph, node, moved.source, Transpose{*std::move(order)});
  return moved.transposes > 1 && leadNowhereElse(graph, moved.movers) && moveInParts(graph, node, moved);
}

} // namespace ninc

// Fold moves: a dense layer reads elements where they are, if all that was done to them was to move them.
//
//   t = transpose maps [1, 2, 0]               f = flatten maps
//   f = flatten t                              d = dense f -> 10          (columns of the weights in the
//   d = dense f -> 10                 ==>                                  maps' order)
//
// A network that was trained with channels last and ends in a dense layer over its maps turns them first.
//
// Algorithm: one sweep in topological order. A dense layer looks through all reshapes and transposes above
// it.
//
// When it must not fire: unbound weights.
#include <fmt/format.h>

#include "passes/Passes.h"
#include "passes/Rearrangement.h"
#include "passes/Rewriting.h"
#include "passes/SimplifyMoves.h"

namespace ninc {

namespace {

constexpr const char *pass = "fold-moves";

Parameter withColumnsOf(const Tensor &weight, const Rearrangement &how) {
  const std::vector<std::size_t> sources = sourcesOf(how);
  auto moved = std::make_shared<Tensor>(Tensor{weight.shape, std::vector<float>(weight.data.size())});
  for (std::size_t row = 0; row < weight.data.size(); row += sources.size())
    for (std::size_t column = 0; column < sources.size(); ++column)
      moved->data[row + sources[column]] = weight.data[row + column];
  return moved;
}

bool readUnmoved(Graph &graph, Node node) {
  const Value vector = graph.operand(node, 0);
  const Moved moved = movedFrom(graph, vector);
  Dense dense = *graph.as<Dense>(node);
  if (moved.transposes == 0 || keepsElements(moved.how) || !dense.weight) return false;
  dense.weight = withColumnsOf(*dense.weight, moved.how);
  Value source = moved.source;
  if (graph.type(source).shape.size() != 1) {
    Result<Node> flat = graph.insertBefore(node, Flatten{}, {&source, 1}, {}, graph.where(node));
    if (!flat) return false;
    source = graph.result(*flat);
  }
  graph.setOperand(node, 0, source);
  eraseUnused(graph, vector.node);
  return graph.replaceOp(node, std::move(dense)).has_value();
}

} // namespace

bool foldMoves(Graph &graph, PassContext &context) {
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    if (!graph.as<Dense>(node) || !readUnmoved(graph, node)) continue;
    context.diagnostics.remark(
        pass, graph.where(node),
        fmt::format("'{}' reads its operand as it lies", graph.name(graph.result(node))));
    changed = true;
  }
  return changed;
}

} // namespace ninc

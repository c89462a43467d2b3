#include "driver/import/Nesting.h"

#include <algorithm>
#include <unordered_map>

namespace ninc {

namespace {

constexpr int deepest = 2;

bool mayNest(const Graph &graph, Node node) {
  const Op &op = graph.op(node);
  const bool isKind = std::holds_alternative<Unary>(op) || std::holds_alternative<Binary>(op) ||
                      std::holds_alternative<GlobalAveragePool>(op) || std::holds_alternative<Softmax>(op) ||
                      traitsOf(op).reshaping;
  const Value result = graph.result(node);
  return isKind && !graph.isOutput(result) && graph.uses(result).size() == 1 &&
         graph.type(result).layout == Layout::chw;
}

} // namespace

bool joinsBranches(const Graph &graph, Node node) {
  const auto isComputed = [&](Value value) { return !traitsOf(graph.op(value.node)).source; };
  return graph.as<Concat>(node) ||
         (is(graph.op(node), BinaryKind::add) && std::ranges::all_of(graph.operands(node), isComputed));
}

bool isMadeUpName(const Op &op, std::string_view name) {
  const std::string_view spelling = spellingOf(op);
  if (!name.starts_with(spelling) || name.size() < spelling.size() + 2 || name[spelling.size()] != '_')
    return false;
  name.remove_prefix(spelling.size() + 1);
  return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

std::unordered_set<Node> nestedNodes(const Graph &graph, NamedLines lines) {
  std::unordered_set<Node> nested, endsWithJoin;
  std::unordered_map<Node, int> depths; // of what is inside a node's line
  for (Node node : graph.topologicalOrder()) {
    int depth = 0;
    for (Value operand : graph.operands(node)) {
      if (!mayNest(graph, operand.node)) continue;
      const bool endsLine =
          joinsBranches(graph, operand.node) ? !graph.as<Unary>(node) : endsWithJoin.contains(operand.node);
      if (endsLine) continue;
      if (lines == NamedLines::stay && !isMadeUpName(graph.op(operand.node), graph.name(operand))) continue;
      const int inside = depths[operand.node] + 1;
      if (inside > deepest) continue;
      nested.insert(operand.node);
      if (joinsBranches(graph, operand.node)) endsWithJoin.insert(node);
      depth = std::max(depth, inside);
    }
    depths[node] = depth;
  }
  return nested;
}

} // namespace ninc

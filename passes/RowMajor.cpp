#include "passes/RowMajor.h"

#include <algorithm>

namespace ninc {

std::unordered_set<Value> rowMajorValues(const Graph &graph) {
  std::unordered_set<Value> rows;
  const auto walksRows = [&](Node node) { return traitsOf(graph.op(node)).rowMajor; };
  for (Node node : graph.topologicalOrder()) {
    const std::vector<Value> operands = graph.operands(node);
    const bool passesOn =
        traitsOf(graph.op(node)).elementwise &&
        std::ranges::any_of(operands, [&](Value operand) { return rows.contains(operand); });
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      const Value result = graph.result(node, i);
      const std::vector<Use> uses = graph.uses(result);
      if (passesOn || walksRows(node) ||
          std::ranges::any_of(uses, [&](const Use &use) { return walksRows(use.user); }))
        rows.insert(result);
    }
  }
  return rows;
}

} // namespace ninc

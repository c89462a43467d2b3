// Eliminate common subexpressions: what is computed twice is computed once.
//
//   a = max_pool x 2x2 stride 2           a = max_pool x 2x2 stride 2
//   b = max_pool x 2x2 stride 2    ==>    y = add a a
//   y = add a b
//
// Algorithm: nodes in topological order, so that a node's operands have been merged before it. Nodes are
// looked up by op kind and operands (add, mul and their like: in either order), then compared by their
// attributes. Parameters are compared as objects, not number by number: weights that two layers share are one
// object. Constants are small and often repeated (a scalar), so those are compared by their numbers.
//
// When it must not fire: on inputs; on ops whose parameters are unbound (two empty slots look alike but will
// hold different weights); and where both values are outputs, which need memory each.
#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "ir/ops/Parameters.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

struct Key {
  std::size_t kind;
  std::vector<Value> operands;
  friend auto operator<=>(const Key &, const Key &) = default;
};

Key keyOf(const Graph &graph, Node node) {
  Key key{graph.op(node).index(), graph.operands(node)};
  const auto *binary = graph.as<Binary>(node);
  if (binary && functionOf(binary->kind).commutes) std::ranges::sort(key.operands);
  return key;
}

bool isBound(const Graph &graph, Node node) {
  std::vector<TensorType> types = graph.operandTypes(node);
  Op op = graph.op(node);
  return std::ranges::none_of(parameterSlots(op, types),
                              [](const ParameterSlot &slot) { return *slot.parameter == nullptr; });
}

bool sameOp(const Op &a, const Op &b) {
  const auto *left = std::get_if<Constant>(&a), *right = std::get_if<Constant>(&b);
  if (left && right) return left->shape == right->shape && *left->value == *right->value;
  return a == b;
}

bool bothOutputs(const Graph &graph, Node a, Node b) {
  for (std::size_t i = 0; i < graph.resultCount(a); ++i)
    if (graph.isOutput(graph.result(a, i)) && graph.isOutput(graph.result(b, i))) return true;
  return false;
}

void merge(Graph &graph, Node kept, Node gone) {
  std::vector<std::pair<Value, std::string>> inherited;
  for (std::size_t i = 0; i < graph.resultCount(gone); ++i) {
    Value from = graph.result(gone, i), to = graph.result(kept, i);
    if (graph.isOutput(from)) inherited.emplace_back(to, graph.name(from));
    graph.replaceAllUses(from, to);
  }
  graph.erase(gone);
  for (auto &[value, name] : inherited)
    graph.rename(value, std::move(name));
}

} // namespace

bool eliminateCommonSubexpressions(Graph &graph, PassContext &context) {
  constexpr const char *pass = "eliminate-common-subexpressions";
  bool changed = false;
  std::map<Key, std::vector<Node>> seen;
  for (Node node : graph.topologicalOrder()) {
    if (graph.as<Input>(node) || !isBound(graph, node)) continue;
    std::vector<Node> &candidates = seen[keyOf(graph, node)];
    auto same = [&](Node other) { return sameOp(graph.op(other), graph.op(node)); };
    auto twin = std::ranges::find_if(candidates, same);
    if (twin == candidates.end()) {
      candidates.push_back(node);
      continue;
    }
    std::string name = graph.name(graph.result(node)), other = graph.name(graph.result(*twin));
    SourceRange where = graph.where(node);
    if (bothOutputs(graph, *twin, node)) {
      context.diagnostics.remark(pass, where,
                                 fmt::format("'{}' equals '{}', but both are outputs", name, other));
      continue;
    }
    context.diagnostics.remark(pass, where, fmt::format("'{}' equals '{}': computed once", name, other));
    merge(graph, *twin, node);
    changed = true;
  }
  return changed;
}

} // namespace ninc

// From a graph on which something fails to a small one on which it still does.
#include <algorithm>

#include "tests/support/RandomGraph.h"

namespace ninc::testing {

namespace {

// The graph again, keeping only what `outputs` (names of it) need; a node in `bypassed` is left out, its
// result's readers read its operand 0 instead. None when that isn't a legal graph.
std::optional<Graph> rebuild(const Graph &graph, const std::vector<std::string> &outputs, Node bypassed) {
  Graph smaller(graph.name());
  std::map<Value, Value> twin;
  std::vector<Node> needed;
  for (const std::string &name : outputs) {
    Node node = graph.find(name).node;
    for (Node dependency : graph.dependencies(node))
      needed.push_back(dependency);
    needed.push_back(node);
  }
  for (Node node : graph.topologicalOrder()) {
    if (node == bypassed) {
      twin[graph.result(node)] = twin[graph.operand(node, 0)];
      continue;
    }
    if (std::ranges::find(needed, node) == needed.end()) continue;
    std::vector<Value> operands;
    for (Value operand : graph.operands(node))
      operands.push_back(twin[operand]);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i)
      names.push_back(graph.name(graph.result(node, i)));
    Result<Node> copy = smaller.append(graph.op(node), operands, names);
    if (!copy) return std::nullopt;
    for (std::size_t i = 0; i < names.size(); ++i)
      twin[graph.result(node, i)] = smaller.result(*copy, i);
  }
  for (const std::string &name : outputs) {
    Value output = twin[graph.find(name)];
    if (smaller.as<Input>(output.node) || !smaller.addOutput(output)) return std::nullopt;
  }
  return smaller;
}

std::vector<std::string> outputNames(const Graph &graph) {
  std::vector<std::string> names;
  for (Value output : graph.outputs())
    names.push_back(graph.name(output));
  return names;
}

bool sameOperandShape(const Graph &graph, Node node) {
  return graph.resultCount(node) == 1 && graph.operandCount(node) > 0 &&
         graph.type(graph.operand(node, 0)).shape == graph.type(graph.result(node)).shape;
}

// Everything one step smaller: an output less, an output's operand in its place, or a node bypassed.
std::vector<Graph> smallerGraphs(const Graph &graph) {
  std::vector<Graph> found;
  auto consider = [&](const std::vector<std::string> &outputs, Node bypassed) {
    if (std::optional<Graph> smaller = rebuild(graph, outputs, bypassed))
      found.push_back(std::move(*smaller));
  };
  std::vector<std::string> outputs = outputNames(graph);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::vector<std::string> fewer = outputs;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (!fewer.empty()) consider(fewer, {});
    for (Value operand : graph.operands(graph.outputs()[i].node)) {
      std::vector<std::string> earlier = outputs;
      earlier[i] = graph.name(operand);
      if (std::ranges::find(outputs, earlier[i]) == outputs.end()) consider(earlier, {});
    }
  }
  for (Node node : graph.nodes())
    if (sameOperandShape(graph, node)) consider(outputs, node);
  return found;
}

} // namespace

Graph shrink(const Graph &graph, const std::function<bool(const Graph &)> &fails) {
  Graph smallest = graph.clone();
  if (std::optional<Graph> live = rebuild(smallest, outputNames(smallest), {}); live && fails(*live))
    smallest = std::move(*live);
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Graph &candidate : smallerGraphs(smallest)) {
      if (candidate.nodeCount() + candidate.outputs().size() >=
              smallest.nodeCount() + smallest.outputs().size() ||
          !fails(candidate))
        continue;
      smallest = std::move(candidate);
      smaller = true;
      break;
    }
  }
  return smallest;
}

} // namespace ninc::testing

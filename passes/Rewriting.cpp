#include "passes/Rewriting.h"

#include <algorithm>
#include <fmt/format.h>

namespace ninc {

std::string reasonToKeep(const Graph &graph, Value value, const std::set<Node> &readers) {
  const std::string &name = graph.name(value);
  if (graph.isOutput(value)) return fmt::format("'{}' is an output", name);
  for (const Use &use : graph.uses(value))
    if (!readers.contains(use.user))
      return fmt::format("'{}' is also read by '{}'", name, graph.name(graph.result(use.user)));
  return {};
}

std::string reasonToKeep(const Graph &graph, Value value, Node reader) {
  if (std::string reason = reasonToKeep(graph, value, std::set{reader}); !reason.empty()) return reason;
  if (graph.uses(value).size() > 1)
    return fmt::format("'{}' is read twice by '{}'", graph.name(value), graph.name(graph.result(reader)));
  return {};
}

std::optional<Node> soleReader(const Graph &graph, Value value) {
  if (graph.isOutput(value)) return std::nullopt;
  std::vector<Use> uses = graph.uses(value);
  if (uses.size() != 1) return std::nullopt;
  return uses.front().user;
}

std::optional<float> uniformNumber(const Graph &graph, Value value) {
  const auto *constant = graph.as<Constant>(value.node);
  if (!constant || !constant->value) return std::nullopt;
  const std::vector<float> &data = constant->value->data;
  const bool uniform = std::ranges::all_of(data, [&](float number) { return number == data[0]; });
  return uniform ? std::optional(data[0]) : std::nullopt;
}

void takePlace(Graph &graph, Value standIn, Value gone) {
  std::string name = graph.name(gone);
  graph.replaceAllUses(gone, standIn);
  graph.erase(gone.node);
  graph.rename(standIn, std::move(name));
}

std::string freeName(const Graph &graph, const std::string &base) {
  std::string name = base;
  for (int suffix = 2; graph.find(name); ++suffix)
    name = fmt::format("{}_{}", base, suffix);
  return name;
}

namespace {

bool isUnused(const Graph &graph, Node node) {
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    if (graph.useCount(graph.result(node, i)) > 0) return false;
  return true;
}

} // namespace

bool eraseUnused(Graph &graph, Node node) {
  if (graph.as<Input>(node) || !isUnused(graph, node)) return false;
  // A worklist, since a dead chain may be as long as the model. A producer is queued by the last of its
  // readers to go, so it is queued once.
  std::vector<Node> unused{node};
  while (!unused.empty()) {
    Node next = unused.back();
    unused.pop_back();
    std::vector<Value> operands = graph.operands(next);
    graph.erase(next);
    std::ranges::sort(operands);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      Node producer = operands[i].node;
      bool seen = i > 0 && operands[i - 1].node == producer;
      if (!seen && !graph.as<Input>(producer) && isUnused(graph, producer)) unused.push_back(producer);
    }
  }
  return true;
}

bool eraseDeadNodes(Graph &graph) {
  bool changed = false;
  std::vector<Node> order = graph.topologicalOrder();
  // Readers first: when a node's turn comes, its dead readers are gone.
  for (auto node = order.rbegin(); node != order.rend(); ++node)
    if (!graph.as<Input>(*node) && isUnused(graph, *node)) {
      graph.erase(*node);
      changed = true;
    }
  return changed;
}

std::optional<ConvStack> convStackOf(const Op &op) {
  if (const auto *conv = std::get_if<Conv2d>(&op)) return ConvStack{{conv->layer}, NoEpilogue{}};
  if (const auto *mlpconv = std::get_if<Mlpconv>(&op)) return ConvStack{mlpconv->layers, mlpconv->epilogue};
  return std::nullopt;
}

std::string describe(const Epilogue &epilogue) {
  return std::holds_alternative<PointwiseEpilogue>(epilogue) ? "takes its maps through a chain"
                                                             : "pools or averages its maps";
}

std::string describe(const Window &window) {
  std::string text = toString(window.kernel);
  if (window.stride[0] != window.stride[1])
    text += " stride " + toString(window.stride);
  else if (window.stride[0] != 1)
    text += fmt::format(" stride {}", window.stride[0]);
  return text;
}

} // namespace ninc

// Merge GAP: the last mlpconv, global average pooling and softmax become one kernel. While a tile of
// confidence maps is in registers it is added to one running sum a map; what leaves the kernel is a handful
// of numbers.
//
//   maps = mlpconv x [conv 3x3 pad 1 -> 192, 192, 10]        prob = mlpconv x [conv 3x3 pad 1 -> 192, 192,
//   10] mean = global_avg_pool maps                       ==>        global_avg_pool softmax prob = softmax
//   mean
//
// If somebody else needs the maps (`output prob, maps`), the mlpconv has two results: prob, maps.
//
// Algorithm: for each global_avg_pool over an mlpconv without epilogue, build the mlpconv anew with a
// GapEpilogue; take softmax along if it alone reads the averages; keep the maps if they have another use.
//
// When it must not fire: averages that are an output or have other readers besides a softmax stay a value of
// their own, so softmax stays behind. What this pass never does is average first and apply the last 1x1
// convolution to the average, which would be cheaper: in the paper's networks a ReLU stands between the two,
// and the mean of max(v, 0) isn't max(mean of v, 0). Only without an activation does fold-linear-maps do
// that.
#include <fmt/format.h>

#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "merge-gap";

// The softmax that can travel with the averages, or none. Says so if one can't.
std::optional<Node> softmaxToMerge(const Graph &graph, PassContext &context, Value averages) {
  for (const Use &use : graph.uses(averages)) {
    if (!graph.as<Softmax>(use.user)) continue;
    std::string reason = reasonToKeep(graph, averages, use.user);
    if (reason.empty()) return use.user;
    context.diagnostics.remark(
        pass, graph.where(use.user),
        fmt::format("softmax '{}' isn't merged: {}", graph.name(graph.result(use.user)), reason));
  }
  return std::nullopt;
}

bool mergeInto(Graph &graph, PassContext &context, Node gap) {
  Value maps = graph.operand(gap, 0), averages = graph.result(gap);
  Node producer = maps.node;
  Mlpconv merged = *graph.as<Mlpconv>(producer);
  std::optional<Node> softmax = softmaxToMerge(graph, context, averages);
  bool keepMaps = graph.useCount(maps) > 1;
  merged.epilogue = GapEpilogue{softmax.has_value(), keepMaps};

  std::vector<Value> operands = graph.operands(producer);
  Result<Node> node = graph.insertBefore(producer, std::move(merged), operands, {}, graph.where(producer));
  if (!node) return false;
  Value answer = softmax ? graph.result(*softmax) : averages;
  std::string answerName = graph.name(answer), gapName = graph.name(averages), mapsName = graph.name(maps);
  SourceRange where = graph.where(gap);

  graph.replaceAllUses(answer, graph.result(*node, 0));
  if (softmax) graph.erase(*softmax);
  graph.erase(gap);
  if (keepMaps) graph.replaceAllUses(maps, graph.result(*node, 1));
  graph.erase(producer);
  graph.rename(graph.result(*node, 0), answerName);
  if (keepMaps) graph.rename(graph.result(*node, 1), mapsName);

  context.diagnostics.remark(pass, where,
                             fmt::format("'{}' is averaged inside its kernel{}{}", mapsName,
                                         softmax ? fmt::format(", and softmax '{}' with it", answerName)
                                                 : fmt::format(", as '{}'", gapName),
                                         keepMaps ? "; the maps are stored as well" : ""));
  return true;
}

} // namespace

bool mergeGap(Graph &graph, PassContext &context) {
  bool changed = false;
  // Merging a GAP erases it and a softmax behind it, so the list is looked at one GAP at a time.
  std::vector<Node> gaps;
  for (Node node : graph.topologicalOrder())
    if (graph.as<GlobalAveragePool>(node)) gaps.push_back(node);
  for (Node gap : gaps) {
    Value maps = graph.operand(gap, 0);
    const auto *producer = graph.as<Mlpconv>(maps.node);
    if (!producer) continue;
    if (!std::holds_alternative<NoEpilogue>(producer->epilogue)) {
      context.diagnostics.remark(pass, graph.where(gap),
                                 fmt::format("'{}' isn't merged with '{}', which {} already",
                                             graph.name(graph.result(gap)), graph.name(maps),
                                             describe(producer->epilogue)));
      continue;
    }
    changed |= mergeInto(graph, context, gap);
  }
  return changed;
}

} // namespace ninc

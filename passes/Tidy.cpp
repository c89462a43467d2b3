// Stages are those that fuse-mlpconv would make a kernel of, so that it finds nothing else to do in a tidied
// graph than in the one before: they begin where it begins one, at a window that reads neighbours, and end
// at mostStageLayers.
#include "passes/Tidy.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string>

#include "ir/Verifier.h"
#include "passes/LoweredGraph.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr const char *pass = "join-stages";

bool readsNeighbours(const ConvLayer &layer) {
  return layer.window.kernel != std::array<std::int64_t, 2>{1, 1};
}

// A stage as it is found: conv2d nodes, each of which alone reads the one before.
std::vector<Node> stageFrom(const Graph &graph, Node first) {
  const auto *conv = graph.as<Conv2d>(first);
  if (!conv || conv->layer.groups != 1 || !readsNeighbours(conv->layer)) return {};
  std::vector<Node> stage{first};
  while (stage.size() < mostStageLayers) {
    const std::optional<Node> next = soleReader(graph, graph.result(stage.back()));
    const auto *behind = next ? graph.as<Conv2d>(*next) : nullptr;
    if (!behind || !isPointwise(behind->layer)) break;
    stage.push_back(*next);
  }
  const auto isActive = [&](Node node) { return graph.as<Conv2d>(node)->layer.activation.has_value(); };
  const auto activation = [&](Node node) { return graph.as<Conv2d>(node)->layer.activation; };
  const auto other =
      std::ranges::find_if(stage, [&](Node node) { return activation(node) != activation(first); });
  if (other != stage.end())
    stage.erase(isActive(*other) ? other : other + 1, stage.end()); // one without is the last
  return std::ranges::count_if(stage, isActive) >= 2 ? stage : std::vector<Node>{};
}

bool join(Graph &graph, PassContext &context, const std::vector<Node> &stage) {
  Mlpconv whole;
  std::string names;
  for (Node node : stage) {
    whole.layers.push_back(graph.as<Conv2d>(node)->layer);
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", graph.name(graph.result(node)));
  }
  const Value operand = graph.operand(stage.front(), 0), last = graph.result(stage.back());
  Result<Node> made =
      graph.insertBefore(stage.front(), std::move(whole), {&operand, 1}, {}, graph.where(stage.front()));
  if (!made) return false;
  context.diagnostics.remark(pass, graph.where(stage.back()), fmt::format("{} are an mlpconv", names));
  const std::string name = graph.name(last);
  graph.replaceAllUses(last, graph.result(*made));
  for (auto node = stage.rbegin(); node != stage.rend(); ++node)
    graph.erase(*node);
  graph.rename(graph.result(*made), name);
  return true;
}

} // namespace

std::span<const Pass> tidyingPasses() {
  const std::span<const Pass> all = allPasses();
  const auto end = std::ranges::find(all, &fuseMlpconv, &Pass::run);
  return all.first(static_cast<std::size_t>(end - all.begin()));
}

bool joinStages(Graph &graph, PassContext &context) {
  bool changed = false;
  const std::vector<Node> order = graph.topologicalOrder();
  std::vector<Node> taken;
  for (Node node : order) {
    if (std::ranges::count(taken, node) > 0) continue;
    const std::vector<Node> stage = stageFrom(graph, node);
    if (stage.empty() || !join(graph, context, stage)) continue;
    taken.insert(taken.end(), stage.begin(), stage.end());
    changed = true;
  }
  return changed;
}

bool settle(Graph &graph, PassContext &context, const std::function<void(const Pass &)> &changed) {
  constexpr int mostRounds =
      16; // what one folds another may fold further; in models of people two are enough
  std::set<std::string> said;
  for (const Diagnostic &each : context.diagnostics.all())
    said.insert(each.pass + each.message);
  bool any = false, again = true;
  for (int round = 0; again && round < mostRounds; ++round) {
    again = false;
    Diagnostics told;
    PassContext inRound{told};
    for (const Pass &each : tidyingPasses()) {
      if (!each.run(graph, inRound)) continue;
      again = any = true;
      if (changed) changed(each);
    }
    for (const Diagnostic &each : told.all())
      if (said.insert(each.pass + each.message).second) context.diagnostics.add(each);
  }
  return any;
}

void recognise(Graph &graph, PassContext &context) {
  canonicalize(graph, context);
  recogniseFunctions(graph, context);
}

Result<void> tidy(Graph &graph, PassContext &context) {
  settle(graph, context);
  joinStages(graph, context);
  const std::vector<Violation> violations = verify(graph);
  if (violations.empty()) return {};
  return failInternal(fmt::format("the tidied graph is unsound: {}", violations.front().message));
}

} // namespace ninc

#include "passes/LoweredGraph.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <string>
#include <string_view>

#include "ir/ops/Parameters.h"
#include "passes/RowMajor.h"

namespace ninc {

namespace {

class LoweredVerifier {
public:
  explicit LoweredVerifier(const Graph &graph)
      : graph_(graph), order_(graph.topologicalOrder()), rows_(rowMajorValues(graph)) {}

  std::vector<Violation> run() {
    findReached();
    for (const Node node : order_) {
      checkParameters(node);
      for (std::size_t i = 0; i < graph_.resultCount(node); ++i)
        checkLayout(graph_.result(node, i));
      checkOp(node);
      if (!graph_.as<Input>(node) && !reached_.contains(nameOf(node)))
        violate(8, "'{}' reaches no output", nameOf(node));
    }
    std::ranges::stable_sort(violations_, {}, &Violation::invariant);
    return std::move(violations_);
  }

private:
  template <class... Parts>
  void violate(int invariant, fmt::format_string<Parts...> format, Parts &&...parts) {
    violations_.push_back({invariant, fmt::format(format, std::forward<Parts>(parts)...)});
  }

  const std::string &nameOf(Node node) const { return graph_.name(graph_.result(node)); }

  void findReached() {
    std::vector<Node> open;
    for (const Value output : graph_.outputs())
      open.push_back(output.node);
    while (!open.empty()) {
      const Node node = open.back();
      open.pop_back();
      if (!reached_.insert(nameOf(node)).second) continue;
      for (const Value operand : graph_.operands(node))
        open.push_back(operand.node);
    }
  }

  void checkParameters(Node node) {
    Op op = graph_.op(node);
    for (const ParameterSlot &slot : parameterSlots(op, graph_.operandTypes(node)))
      if (!*slot.parameter) violate(1, "'{}' has no numbers for its {}", nameOf(node), slot.suffix);
  }

  void checkLayout(Value value) {
    const TensorType &type = graph_.type(value);
    if (type.shape.size() != 3 || graph_.as<Input>(value.node)) return;
    const bool isRowMajor = type.layout == Layout::chw;
    const bool atTheBorder = graph_.as<Constant>(value.node) || graph_.isOutput(value);
    if (atTheBorder && !isRowMajor)
      violate(2, "'{}' is seen from outside and isn't row-major", graph_.name(value));
    if (!atTheBorder && rows_.contains(value) && !isRowMajor)
      violate(3, "'{}' is walked by rows and isn't row-major", graph_.name(value));
    if (!atTheBorder && !rows_.contains(value) && isRowMajor)
      violate(3, "'{}' lies between kernels and hasn't its channels innermost", graph_.name(value));
  }

  void checkOp(Node node) {
    if (graph_.as<Dropout>(node)) violate(4, "'{}' is a dropout", nameOf(node));
    if (const auto *conv = graph_.as<Conv2d>(node); conv && conv->layer.groups == 1)
      violate(5, "'{}' is a conv2d of one group", nameOf(node));
    if (const auto *mlpconv = graph_.as<Mlpconv>(node); mlpconv && mlpconv->layers.size() > mostStageLayers)
      violate(6, "'{}' has {} layers", nameOf(node), mlpconv->layers.size());
    if (graph_.as<Concat>(node) && graph_.operandCount(node) > mostConcatOperands)
      violate(7, "'{}' has {} operands", nameOf(node), graph_.operandCount(node));
  }

  const Graph &graph_;
  std::vector<Node> order_;
  std::unordered_set<Value> rows_;
  std::set<std::string> reached_; // nodes, by their first result's name
  std::vector<Violation> violations_;
};

Result<void> refuse(const Graph &graph, std::string_view what, int first, int last) {
  std::string text;
  for (const Violation &violation : verifyLowered(graph))
    if (violation.invariant >= first && violation.invariant <= last)
      text += fmt::format("\n  invariant {} of lowered graphs: {}", violation.invariant, violation.message);
  if (text.empty()) return {};
  return failInternal(fmt::format("{}:{}", what, text));
}

} // namespace

std::vector<Violation> verifyLowered(const Graph &graph) {
  return LoweredVerifier(graph).run();
}

Result<void> checkPromises(const Graph &graph) {
  return refuse(graph, "the passes left a graph that isn't ready to be lowered", 2, 8);
}

Result<void> checkReadyToLower(const Graph &graph) {
  return refuse(graph, "the graph can't be lowered", 1, 2);
}

} // namespace ninc

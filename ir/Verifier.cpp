// One function an invariant, in the header's order. A graph that breaks the first three can't be asked for
// the types of its operands, so the checks that need them look at sound nodes only.
#include "ir/Verifier.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

#include "ir/ModelName.h"
#include "ir/Names.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/TypeRules.h"

namespace ninc {

namespace {

class Verifier {
public:
  Verifier(const Graph &graph, ParameterState parameters)
      : graph_(graph), parameters_(parameters), nodes_(graph.nodes()), known_(nodes_.begin(), nodes_.end()) {}

  std::vector<Violation> run() {
    checkAcyclic();
    checkOperandNumbers();
    checkOperandResults();
    for (Node node : nodes_)
      if (!unsound_.contains(node)) checkTypes(node);
    for (Node node : nodes_)
      checkNames(node);
    checkOutputs();
    for (Node node : nodes_)
      checkLayouts(node);
    for (Node node : nodes_)
      if (!unsound_.contains(node)) checkParameters(node);
    checkModelName();
    std::ranges::stable_sort(violations_, {}, &Violation::invariant);
    return std::move(violations_);
  }

private:
  void report(int invariant, std::string message) { violations_.push_back({invariant, std::move(message)}); }

  std::string label(Node node) const {
    return graph_.resultCount(node) == 0 ? std::string(spellingOf(graph_.op(node)))
                                         : fmt::format("'{}'", graph_.name({node, 0}));
  }

  void checkAcyclic() {
    if (!nodes_.empty() && graph_.topologicalOrder().empty()) report(1, "the graph has a cycle");
  }

  // Numbers are seen from the producers' side: operands() answers in order, but doesn't say which order.
  void checkOperandNumbers() {
    std::unordered_set<Value> read;
    for (Node node : nodes_)
      for (Value operand : graph_.operands(node))
        read.insert(operand);
    std::unordered_map<Node, std::vector<std::size_t>> numbers;
    for (Value value : read)
      for (Use use : graph_.uses(value))
        numbers[use.user].push_back(use.operand);
    for (Node node : nodes_) {
      std::vector<std::size_t> &given = numbers[node];
      std::ranges::sort(given);
      for (std::size_t i = 0; i < given.size(); ++i)
        if (given[i] != i) {
          report(2, fmt::format("{} has no operand {}, or one twice", label(node), std::min(i, given[i])));
          unsound_.insert(node);
          break;
        }
    }
  }

  void checkOperandResults() {
    for (Node node : nodes_)
      for (Value operand : graph_.operands(node))
        if (operand.result >= graph_.resultCount(operand.node)) {
          report(3, fmt::format("{} reads result {} of {}, which has {}", label(node), operand.result,
                                label(operand.node), graph_.resultCount(operand.node)));
          unsound_.insert(node);
        }
  }

  void checkTypes(Node node) {
    Result<std::vector<TensorType>> types = inferTypes(graph_.op(node), graph_.operandTypes(node));
    if (!types) {
      report(4, fmt::format("{}: {}", label(node), types.error().message));
      unsound_.insert(node);
      return;
    }
    if (types->size() != graph_.resultCount(node)) {
      report(4, fmt::format("{} has {} results, but its op gives {}", label(node), graph_.resultCount(node),
                            types->size()));
      return;
    }
    for (std::size_t i = 0; i < types->size(); ++i) {
      const TensorType &stored = graph_.type({node, i});
      const bool isSame = graph_.as<Input>(node)
                              ? stored == (*types)[i]
                              : stored.shape == (*types)[i].shape && stored.element == (*types)[i].element;
      if (!isSame)
        report(4, fmt::format("'{}' is {}, but its op gives {}", graph_.name({node, i}), toString(stored),
                              toString((*types)[i])));
    }
  }

  void checkNames(Node node) {
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i) {
      Value value{node, i};
      const std::string &name = graph_.name(value);
      if (Result<void> fits = checkName(name); !fits) report(5, fits.error().message);
      if (graph_.find(name) != value)
        report(5, fmt::format("the name '{}' leads to another value than the one that bears it", name));
    }
  }

  void checkOutputs() {
    if (graph_.outputs().empty()) report(6, "the graph has no output");
    std::unordered_set<Value> listed;
    for (Value output : graph_.outputs()) {
      if (!known_.contains(output.node) || output.result >= graph_.resultCount(output.node)) {
        report(6, "an output is not a value of this graph");
        continue;
      }
      if (traitsOf(graph_.op(output.node)).source)
        report(6, fmt::format("output '{}' is no op's result, but {}", graph_.name(output),
                              graph_.as<Input>(output.node) ? "an input" : "a constant"));
      if (!listed.insert(output).second)
        report(6, fmt::format("output '{}' is listed twice", graph_.name(output)));
    }
  }

  void checkLayouts(Node node) {
    if (graph_.as<Input>(node)) return; // as the application has it: checkTypes
    bool fromOutside = traitsOf(graph_.op(node)).source;
    for (std::size_t i = 0; i < graph_.resultCount(node); ++i) {
      const TensorType &type = graph_.type({node, i});
      if (type.layout == Layout::chw || (!fromOutside && type.shape.size() == 3)) continue;
      report(7, fmt::format("'{}' must have layout chw, being {}", graph_.name({node, i}),
                            !fromOutside ? "of rank " + std::to_string(type.shape.size()) : "a constant"));
    }
  }

  void checkParameters(Node node) {
    Op op = graph_.op(node);
    for (const ParameterSlot &slot : parameterSlots(op, graph_.operandTypes(node))) {
      std::string name = label(node) + (slot.suffix.empty() ? "" : "." + slot.suffix);
      if (const Parameter &bound = *slot.parameter)
        checkTensor(name, *bound, slot.shape);
      else if (parameters_ == ParameterState::bound)
        report(10, fmt::format("{} has no numbers", name));
    }
  }

  void checkTensor(const std::string &name, const Tensor &tensor, const Shape &shape) {
    if (tensor.shape != shape)
      report(8, fmt::format("{} has shape {} instead of {}", name, toString(tensor.shape), toString(shape)));
    else if (static_cast<std::int64_t>(tensor.data.size()) != elementCount(shape))
      report(8,
             fmt::format("{} holds {} numbers instead of {}", name, tensor.data.size(), elementCount(shape)));
    else if (!std::ranges::all_of(tensor.data, [](float number) { return std::isfinite(number); }))
      report(8, fmt::format("{} holds a number that is not finite", name));
  }

  void checkModelName() {
    if (Result<void> fits = ninc::checkModelName(graph_.name()); !fits) report(9, fits.error().message);
  }

  const Graph &graph_;
  ParameterState parameters_;
  std::vector<Node> nodes_;
  std::unordered_set<Node> known_;
  std::unordered_set<Node> unsound_; // their operands can't be asked for types, or their op refuses them
  std::vector<Violation> violations_;
};

} // namespace

std::vector<Violation> verify(const Graph &graph, ParameterState parameters) {
  return Verifier(graph, parameters).run();
}

} // namespace ninc

// Fold constants: what can be known at compile time is computed at compile time.
//
//   k = constant [2]
//   l = sigmoid k            ==>        l = constant [2]        (the sigmoids)
//   y = mul x l                         y = mul x l
//
// Algorithm: nodes in topological order; one whose operands are all bound constants is evaluated by the
// reference interpreter and replaced by constants of the same names. A folded node's result is a constant
// when its readers' turn comes, so one sweep is enough.
//
// When it must not fire: on an output (its memory is the caller's; a kernel must write it), on a result of
// more than `largestResult` elements (a stretched operand could blow a small model up into a large library),
// on more than `mostWork` multiply-accumulates (the interpreter is slow on purpose), and on a result that
// isn't finite, which no constant may be.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "ir/interpreter/Interpreter.h"
#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

namespace {

constexpr std::int64_t largestResult = 1 << 20; // elements: 4 MiB
constexpr std::int64_t mostWork = 100'000'000;  // multiply-accumulates: about a second of interpretation

// The operands' numbers if all of them are bound constants and there is at least one.
std::optional<std::vector<Tensor>> constantOperands(const Graph &graph, Node node) {
  std::vector<Tensor> tensors;
  for (Value operand : graph.operands(node)) {
    const auto *constant = graph.as<Constant>(operand.node);
    if (!constant || !constant->value) return std::nullopt;
    tensors.push_back(*constant->value);
  }
  if (tensors.empty()) return std::nullopt;
  return tensors;
}

bool hasUnboundParameter(const Graph &graph, Node node) {
  Op op = graph.op(node);
  return std::ranges::any_of(parameterSlots(op, graph.operandTypes(node)),
                             [](const ParameterSlot &slot) { return *slot.parameter == nullptr; });
}

// Why a node of constants stays, or nothing.
std::string reasonAgainst(const Graph &graph, Node node) {
  for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
    Value result = graph.result(node, i);
    if (graph.isOutput(result)) return "it is an output";
    std::int64_t elements = elementCount(graph.type(result).shape);
    if (elements > largestResult)
      return fmt::format("its {} elements are more than the {} that are worth storing", elements,
                         largestResult);
  }
  if (multiplyAccumulates(graph.op(node), graph.operandTypes(node)) > mostWork)
    return "evaluating it would take long";
  return {};
}

bool allFinite(const std::vector<Tensor> &tensors) {
  return std::ranges::all_of(tensors, [](const Tensor &tensor) {
    return std::ranges::all_of(tensor.data, [](float value) { return std::isfinite(value); });
  });
}

bool replaceByConstants(Graph &graph, Node node, std::vector<Tensor> results) {
  std::vector<Value> constants;
  for (Tensor &tensor : results) {
    Shape shape = tensor.shape;
    Constant constant{std::move(shape), std::make_shared<const Tensor>(std::move(tensor))};
    Result<Node> made = graph.insertBefore(node, std::move(constant), {}, {}, graph.where(node));
    if (!made) return false;
    constants.push_back(graph.result(*made));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < constants.size(); ++i) {
    names.push_back(graph.name(graph.result(node, i)));
    graph.replaceAllUses(graph.result(node, i), constants[i]);
  }
  eraseUnused(graph, node);
  for (std::size_t i = 0; i < constants.size(); ++i)
    graph.rename(constants[i], names[i]);
  return true;
}

} // namespace

bool foldConstants(Graph &graph, PassContext &context) {
  constexpr const char *pass = "fold-constants";
  bool changed = false;
  for (Node node : graph.topologicalOrder()) {
    // Folding a node erases the constants that it alone read; they stand before it in the order.
    std::optional<std::vector<Tensor>> operands = constantOperands(graph, node);
    if (!operands || hasUnboundParameter(graph, node)) continue;
    std::string name = graph.name(graph.result(node));
    SourceRange where = graph.where(node);
    std::string reason = reasonAgainst(graph, node);
    if (reason.empty()) {
      Result<std::vector<Tensor>> results = evaluate(graph.op(node), *operands);
      if (!results)
        reason = results.error().message;
      else if (!allFinite(*results))
        reason = "a result isn't a finite number";
      else if (replaceByConstants(graph, node, std::move(*results))) {
        context.diagnostics.remark(pass, where, fmt::format("'{}' is a constant now", name));
        changed = true;
        continue;
      }
    }
    context.diagnostics.remark(pass, where, fmt::format("'{}' isn't folded: {}", name, reason));
  }
  return changed;
}

} // namespace ninc

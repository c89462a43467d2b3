// From one op to its family's loops, and from a graph to its ops: every node in topological order, each
// reading what the ones before it left.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>

#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/OpEvaluation.h"
#include "ir/ops/Parameters.h"
#include "ir/ops/TypeRules.h"

namespace ninc {

namespace {

using reference::Operands;
using reference::Tensors;

bool holds(const Tensor &tensor, const Shape &shape) {
  return tensor.shape == shape && static_cast<std::int64_t>(tensor.data.size()) == elementCount(shape);
}

// The promises evaluate() asks of its caller: sound types, bound parameters, tensors of their own shape.
Result<void> checkReady(const Op &op, Operands operands) {
  if (std::holds_alternative<Input>(op)) return failInternal("an input has no value of its own to evaluate");
  std::vector<TensorType> types;
  for (const Tensor *operand : operands) {
    types.push_back(TensorType{ElementType::f32, operand->shape, Layout::chw});
    if (Result<void> ok = checkShape(operand->shape); !ok) return failInternal(ok.error().message);
    if (!holds(*operand, operand->shape))
      return failInternal(fmt::format("an operand of {} has {} numbers for shape {}", spellingOf(op),
                                      operand->data.size(), toString(operand->shape)));
  }
  if (auto inferred = inferTypes(op, types); !inferred) return failInternal(inferred.error().message);
  Op copy = op;
  for (const ParameterSlot &slot : parameterSlots(copy, types)) {
    std::string name = slot.suffix.empty() ? "value" : slot.suffix;
    if (!*slot.parameter)
      return failInternal(fmt::format("parameter '{}' of {} is not bound", name, spellingOf(op)));
    if (!holds(**slot.parameter, slot.shape))
      return failInternal(fmt::format("parameter '{}' of {} is {} instead of {}", name, spellingOf(op),
                                      toString((*slot.parameter)->shape), toString(slot.shape)));
  }
  return {};
}

Result<Tensors> evaluateChecked(const Op &op, Operands operands) {
  if (Result<void> ok = checkReady(op, operands); !ok) return tl::unexpected(ok.error());
  return std::visit([&](const auto &one) { return reference::evaluate(one, operands); }, op);
}

// The model's inputs and the given tensors must be the same names with the same shapes.
Result<void> checkInputs(const Graph &graph, const std::map<std::string, Tensor> &inputs) {
  std::vector<std::string> expected;
  for (Node node : graph.inputs())
    expected.push_back(graph.name({node}));
  for (Node node : graph.inputs()) {
    const std::string &name = graph.name({node});
    const Shape shape = shapeInMemory(graph.type({node}));
    auto given = inputs.find(name);
    if (given == inputs.end()) return fail(fmt::format("input '{}' {} is missing", name, toString(shape)));
    if (given->second.shape != shape)
      return fail(fmt::format("input '{}' is {}, but the model takes {}", name, toString(given->second.shape),
                              toString(shape)));
    if (!holds(given->second, shape))
      return fail(fmt::format("input '{}' has {} numbers for shape {}", name, given->second.data.size(),
                              toString(shape)));
  }
  for (const auto &[name, tensor] : inputs)
    if (std::ranges::find(expected, name) == expected.end())
      return fail(
          fmt::format("the model has no input '{}'; its inputs are: {}", name, fmt::join(expected, ", ")));
  return {};
}

// Values computed so far. Tensors stay where they are while others come and go.
using Values = std::unordered_map<Value, Tensor>;

// Evaluates every node in order; after each one calls done(node), which may drop values.
template <class Done>
Result<void> walk(const Graph &graph, const std::map<std::string, Tensor> &inputs, Values &values,
                  Done done) {
  if (Result<void> ok = checkInputs(graph, inputs); !ok) return ok;
  const std::vector<Node> order = graph.topologicalOrder();
  if (order.size() != graph.nodeCount()) return failInternal("the graph to evaluate has a cycle");
  for (Node node : order) {
    if (graph.as<Input>(node)) {
      const std::string &name = graph.name({node});
      Result<Tensor> numbers = preprocess(graph.type({node}), inputs.at(name));
      if (!numbers) return fail(fmt::format("input '{}': {}", name, numbers.error().message));
      values[{node}] = std::move(*numbers);
      done(node);
      continue;
    }
    std::vector<const Tensor *> operands;
    for (Value operand : graph.operands(node))
      operands.push_back(&values.at(operand));
    Result<Tensors> results = evaluateChecked(graph.op(node), operands);
    if (!results) {
      Error error = results.error();
      error.message = fmt::format("'{}': {}", graph.name({node}), error.message);
      return tl::unexpected(error);
    }
    for (std::size_t i = 0; i < results->size(); ++i)
      values[{node, i}] = std::move((*results)[i]);
    done(node);
  }
  return {};
}

} // namespace

Result<std::vector<Tensor>> evaluate(const Op &op, std::span<const Tensor> operands) {
  std::vector<const Tensor *> pointers;
  for (const Tensor &operand : operands)
    pointers.push_back(&operand);
  return evaluateChecked(op, pointers);
}

Result<std::map<std::string, Tensor>> evaluateAll(const Graph &graph,
                                                  const std::map<std::string, Tensor> &inputs) {
  Values values;
  if (Result<void> ok = walk(graph, inputs, values, [](Node) {}); !ok) return tl::unexpected(ok.error());
  std::map<std::string, Tensor> byName;
  for (auto &[value, tensor] : values)
    byName.emplace(graph.name(value), std::move(tensor));
  return byName;
}

Result<std::vector<Tensor>> evaluateOutputs(const Graph &graph, const std::map<std::string, Tensor> &inputs) {
  // A value is dropped when its last reader is done; the graph's outputs count as readers that never are.
  Values values;
  std::unordered_map<Value, std::size_t> readersLeft;
  auto dropUnread = [&](Node node) {
    for (Value operand : graph.operands(node))
      if (--readersLeft[operand] == 0) values.erase(operand);
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      readersLeft[{node, i}] = graph.useCount({node, i});
      if (readersLeft[{node, i}] == 0) values.erase({node, i});
    }
  };
  if (Result<void> ok = walk(graph, inputs, values, dropUnread); !ok) return tl::unexpected(ok.error());
  std::vector<Tensor> outputs;
  for (Value output : graph.outputs())
    outputs.push_back(values.at(output));
  return outputs;
}

} // namespace ninc

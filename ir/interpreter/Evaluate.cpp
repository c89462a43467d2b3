// From one op to its family's loops, and from a graph to its ops: every node in topological order, each
// reading what the ones before it left.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>

#include "ir/TypeRules.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc {

namespace {

using Operands = std::span<const Tensor *const>;
using Tensors = std::vector<Tensor>;

Tensors single(Tensor tensor) {
  Tensors tensors;
  tensors.push_back(std::move(tensor));
  return tensors;
}

Tensors evaluateMlpconv(const Mlpconv &op, const Tensor &x) {
  Tensor maps = reference::convolve(op.layers[0], x);
  for (std::size_t i = 1; i < op.layers.size(); ++i)
    maps = reference::convolve(op.layers[i], maps);

  return std::visit(
      Overloaded{
          [&](const NoEpilogue &) { return single(std::move(maps)); },
          [&](const PoolEpilogue &pool) {
            if (pool.kind == PoolKind::max) return single(reference::maxPool(pool.window, pool.extent, maps));
            return single(reference::averagePool({pool.window, pool.extent, pool.countIncludePad}, maps));
          },
          [&](const GapEpilogue &gap) {
            Tensor means = reference::globalAverage(maps);
            Tensors results = single(gap.softmax ? reference::softmax(means) : std::move(means));
            if (gap.keepMaps) results.push_back(std::move(maps));
            return results;
          },
      },
      op.epilogue);
}

struct Evaluate {
  Operands operands;

  const Tensor &x() const { return *operands[0]; }

  Tensors operator()(const Input &) const { return {}; } // from outside: nothing to compute
  Tensors operator()(const Constant &op) const { return single(*op.value); }
  Tensors operator()(const Conv2d &op) const { return single(reference::convolve(op.layer, x())); }
  Tensors operator()(const Mlpconv &op) const { return evaluateMlpconv(op, x()); }
  Tensors operator()(const MaxPool &op) const {
    return single(reference::maxPool(op.window, op.extent, x()));
  }
  Tensors operator()(const AveragePool &op) const { return single(reference::averagePool(op, x())); }
  Tensors operator()(const GlobalAveragePool &) const { return single(reference::globalAverage(x())); }
  Tensors operator()(const Dropout &) const { return single(x()); }
  Tensors operator()(const Unary &op) const { return single(reference::apply(op, x())); }
  Tensors operator()(const BatchNorm &op) const { return single(reference::normaliseBatch(op, x())); }
  Tensors operator()(const Binary &op) const { return single(reference::apply(op, x(), *operands[1])); }
  Tensors operator()(const Concat &op) const { return single(reference::concatenate(op.axis, operands)); }
  Tensors operator()(const Flatten &) const {
    return single(reference::reshape({elementCount(x().shape)}, x()));
  }
  Tensors operator()(const Reshape &op) const { return single(reference::reshape(op.shape, x())); }
  Tensors operator()(const Dense &op) const { return single(reference::multiplyMatrix(op, x())); }
  Tensors operator()(const Softmax &) const { return single(reference::softmax(x())); }
  Tensors operator()(const Lrn &op) const { return single(reference::normaliseResponse(op, x())); }
};

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
  return std::visit(Evaluate{operands}, op);
}

// The model's inputs and the given tensors must be the same names with the same shapes.
Result<void> checkInputs(const Graph &graph, const std::map<std::string, Tensor> &inputs) {
  std::vector<std::string> expected;
  for (Node node : graph.inputs())
    expected.push_back(graph.name({node}));
  for (Node node : graph.inputs()) {
    const std::string &name = graph.name({node});
    const Shape &shape = graph.type({node}).shape;
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
      values[{node}] = inputs.at(graph.name({node}));
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

// Error propagation: a second evaluation of the graph in which every value is a tensor of error bounds. What
// an op makes of its operands' errors, and the formulas behind it: OpErrors.h.
#include "ir/interpreter/bounds/ErrorBound.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "ir/interpreter/bounds/OpErrors.h"
#include "ir/ops/Parameters.h"

namespace ninc {

namespace bounds {

double largestMagnitude(const Tensor &x) {
  double largest = 0;
  for (float v : x.data)
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  return largest;
}

Tensor bounded(Tensor errors) {
  for (float &error : errors.data)
    error = finiteError(static_cast<double>(error));
  return errors;
}

double summationError(std::int64_t terms, double sumOfMagnitudes, double sum) {
  const auto n = static_cast<double>(terms);
  return unitRoundoff * ((2 + std::sqrt(n) / 4) * sumOfMagnitudes + n / 4 * std::abs(sum));
}

Tensor keptAsHalves(const Tensor &values, Tensor errors) {
  for (std::size_t i = 0; i < errors.data.size(); ++i) {
    const double magnitude = std::abs(static_cast<double>(values.data[i])) + errors.data[i];
    const double rounding = std::max(halfRoundoff * magnitude, std::min(magnitude, smallestNormalHalf));
    errors.data[i] = finiteError(errors.data[i] + rounding);
  }
  return errors;
}

} // namespace bounds

namespace {

using bounds::bounded;

// On top of the bound, since it holds with high probability and not with certainty.
constexpr double safetyFactor = 2;

// Every value is there in its shape, and every parameter.
bool isEvaluated(const Graph &graph, const std::map<std::string, Tensor> &values) {
  for (Node node : graph.nodes()) {
    std::vector<TensorType> types = graph.operandTypes(node);
    Op op = graph.op(node);
    for (const ParameterSlot &slot : parameterSlots(op, types))
      if (!*slot.parameter || (*slot.parameter)->shape != slot.shape) return false;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      auto found = values.find(graph.name({node, i}));
      if (found == values.end() || found->second.shape != graph.type({node, i}).shape) return false;
    }
  }
  return true;
}

// The tile that is given for any of the node's results.
std::optional<WinogradTile> tileOf(const Graph &graph, Node node,
                                   const std::map<std::string, WinogradTile> &winograd) {
  for (std::size_t i = 0; i < graph.resultCount(node); ++i)
    if (auto found = winograd.find(graph.name({node, i})); found != winograd.end()) return found->second;
  return std::nullopt;
}

} // namespace

std::map<std::string, double> errorBounds(const Graph &graph, const std::map<std::string, Tensor> &values,
                                          const std::map<std::string, WinogradTile> &winograd,
                                          ElementType storage) {
  if (!isEvaluated(graph, values)) return {};
  std::unordered_map<Value, Tensor> errors;
  std::map<std::string, double> largest;
  for (Node node : graph.topologicalOrder()) {
    std::vector<bounds::Operand> operands;
    for (Value operand : graph.operands(node))
      operands.push_back({values.at(graph.name(operand)), errors.at(operand)});
    const bounds::Computation how{tileOf(graph, node, winograd), storage};
    std::vector<Tensor> results =
        std::visit([&](const auto &op) { return bounds::resultErrors(op, operands, how); }, graph.op(node));
    if (const auto *input = graph.as<Input>(node))
      results = {bounds::preprocessingErrors(input->type, values.at(graph.name({node})))};
    const bool given = traitsOf(graph.op(node)).source;
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (storage == ElementType::f16 && !given)
        results[i] = bounds::keptAsHalves(values.at(graph.name({node, i})), std::move(results[i]));
      results[i] = bounded(std::move(results[i]));
      largest[graph.name({node, i})] = safetyFactor * bounds::largestMagnitude(results[i]);
      errors[{node, i}] = std::move(results[i]);
    }
  }
  return largest;
}

} // namespace ninc

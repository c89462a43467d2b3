#include "frontend/import/CheckNumbers.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "ir/ops/Parameters.h"

namespace ninc {

namespace {

void checkFinite(const std::string &name, const Tensor &tensor, Diagnostics &diagnostics) {
  const auto wrong = std::ranges::find_if(tensor.data, [](float number) { return !std::isfinite(number); });
  if (wrong != tensor.data.end())
    diagnostics.error({}, fmt::format("the numbers of '{}' {} have a {} at place {}", name,
                                      toString(tensor.shape), std::isnan(*wrong) ? "NaN" : "infinity",
                                      wrong - tensor.data.begin()));
}

void checkVariance(const std::string &name, const BatchNorm &norm, Diagnostics &diagnostics) {
  if (!norm.variance) return;
  const auto wrong = std::ranges::find_if(
      norm.variance->data, [&](float variance) { return !(double{variance} + double{norm.epsilon} > 0); });
  if (wrong != norm.variance->data.end())
    diagnostics.error(
        {}, fmt::format("the variance of '{}' is {} in channel {}, and with epsilon {} that leaves no root "
                        "to divide by",
                        name, *wrong, wrong - norm.variance->data.begin(), norm.epsilon));
}

} // namespace

bool checkNumbers(const Graph &graph, Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  for (Node node : graph.nodes()) {
    Op op = graph.op(node);
    const std::string &name = graph.name(graph.result(node));
    for (const ParameterSlot &slot : parameterSlots(op, graph.operandTypes(node)))
      if (*slot.parameter)
        checkFinite(slot.suffix.empty() ? name : fmt::format("{}.{}", name, slot.suffix), **slot.parameter,
                    diagnostics);
    if (const auto *norm = std::get_if<BatchNorm>(&op)) checkVariance(name, *norm, diagnostics);
  }
  return diagnostics.errorCount() == earlier;
}

} // namespace ninc

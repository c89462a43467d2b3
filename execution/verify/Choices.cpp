#include "execution/verify/Choices.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ir/interpreter/AxisWalk.h"

namespace ninc {

namespace {

// Of a top_k: each chosen element beside the one that the reference has at its place, and none chosen twice.
ChoiceComparison compareOrders(const Graph &model, const TopK &op, Node node, const Tensor &chosen,
                               const std::map<std::string, Tensor> &values,
                               const std::map<std::string, double> &bounds) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  const std::string &from = model.name(model.operand(node, 0));
  const Tensor &x = values.at(from), &expected = values.at(model.name({node, 0}));
  ChoiceComparison comparison;
  comparison.bound = 2 * bounds.at(from);
  for (float number : x.data)
    comparison.largest = std::max(comparison.largest, std::abs(double{number}));
  std::vector<Candidates> places; // of the results
  walkAxis(op.axis, expected.shape, [&](std::size_t, const Candidates &along) { places.push_back(along); });
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    std::vector<bool> taken(candidates.count);
    for (std::size_t i = 0; i < places[at].count; ++i) {
      const float number = chosen.data[places[at][i]], right = expected.data[places[at][i]];
      const bool isOne = number >= 0 && number < static_cast<float>(candidates.count);
      double off = wrong;
      if (isOne && !taken[static_cast<std::size_t>(number)]) {
        taken[static_cast<std::size_t>(number)] = true;
        off = std::abs(double{x.data[candidates[static_cast<std::size_t>(right)]]} -
                       x.data[candidates[static_cast<std::size_t>(number)]]);
      }
      if (off == 0 && comparison.bound == 0 && number != right) off = wrong; // of equal ones the first
      comparison.shortfall = std::max(comparison.shortfall, off);
    }
  });
  return comparison;
}

} // namespace

ChoiceComparison compareChoices(const Graph &model, Value value, const Tensor &chosen,
                                const std::map<std::string, Tensor> &values,
                                const std::map<std::string, double> &bounds) {
  if (const auto *largest = model.as<TopK>(value.node))
    return compareOrders(model, *largest, value.node, chosen, values, bounds);
  const auto &op = *model.as<ArgMax>(value.node);
  const std::string &from = model.name(model.operand(value.node, 0)), &name = model.name(value);
  const Tensor &x = values.at(from), &expected = values.at(name);
  ChoiceComparison comparison;
  comparison.bound = 2 * bounds.at(from); // of the largest element, and of the chosen one
  for (float number : x.data)
    comparison.largest = std::max(comparison.largest, std::abs(double{number}));
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    const float number = chosen.data[at];
    const bool isOne = number >= 0 && number < static_cast<float>(candidates.count);
    double shortfall = std::numeric_limits<double>::infinity();
    if (isOne)
      shortfall = double{x.data[candidates[static_cast<std::size_t>(expected.data[at])]]} -
                  x.data[candidates[static_cast<std::size_t>(number)]];
    // Of elements that are equal one only is right, unless they might not be.
    if (shortfall == 0 && comparison.bound == 0 && number != expected.data[at])
      shortfall = std::numeric_limits<double>::infinity();
    comparison.shortfall = std::max(comparison.shortfall, shortfall);
  });
  return comparison;
}

} // namespace ninc

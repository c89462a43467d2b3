#include "execution/verify/Choices.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/interpreter/ArgMaxWalk.h"

namespace ninc {

ChoiceComparison compareChoices(const Graph &model, Value value, const Tensor &chosen,
                                const std::map<std::string, Tensor> &values,
                                const std::map<std::string, double> &bounds) {
  const auto &op = *model.as<ArgMax>(value.node);
  const std::string &from = model.name(model.operand(value.node, 0)), &name = model.name(value);
  const Tensor &x = values.at(from), &expected = values.at(name);
  ChoiceComparison comparison;
  comparison.bound = 2 * bounds.at(from); // of the largest element, and of the chosen one
  for (float number : x.data)
    comparison.largest = std::max(comparison.largest, std::abs(double{number}));
  walkCandidates(op, x.shape, [&](std::size_t at, const Candidates &candidates) {
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

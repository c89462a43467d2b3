// The largest of some elements, one after the other: all are sorted, and the first ones taken.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ir/interpreter/AxisWalk.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

Tensors evaluate(const TopK &op, Operands operands) {
  const Tensor &x = *operands[0];
  Shape shape = x.shape;
  shape[static_cast<std::size_t>(op.axis)] = op.count;
  Tensor numbers = zeros(shape), elements = zeros(shape);
  const auto count = static_cast<std::size_t>(op.count);
  std::vector<Candidates> places; // of the results' elements
  walkAxis(op.axis, shape, [&](std::size_t, const Candidates &along) { places.push_back(along); });
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    std::vector<std::size_t> order(candidates.count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) {
      const float a = x.data[candidates[i]], b = x.data[candidates[j]];
      return a > b || (!std::isnan(a) && std::isnan(b));
    });
    for (std::size_t i = 0; i < count; ++i) {
      numbers.data[places[at][i]] = static_cast<float>(order[i]);
      elements.data[places[at][i]] = x.data[candidates[order[i]]];
    }
  });
  return {std::move(numbers), std::move(elements)};
}

} // namespace ninc::reference

// Which elements come, and in which order, may be otherwise where they are as large within their errors. The
// i-th largest of numbers that move by no more than e each moves by no more than e itself.
#include <algorithm>

#include "ir/interpreter/AxisWalk.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

Tensors resultErrors(const TopK &op, Operands operands, const Computation &) {
  const Tensor &x = operands[0].value, &error = operands[0].error;
  const Tensor *const values[] = {&x};
  Tensors errors = reference::evaluate(op, values);
  std::vector<Candidates> places;
  walkAxis(op.axis, errors[0].shape, [&](std::size_t, const Candidates &along) { places.push_back(along); });
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    float largest = 0;
    for (std::size_t i = 0; i < candidates.count; ++i)
      largest = std::max(largest, error.data[candidates[i]]);
    for (std::size_t i = 0; i < places[at].count; ++i) {
      const std::size_t place = places[at][i];
      const auto chosen = static_cast<std::size_t>(errors[0].data[place]);
      std::size_t furthest = 0;
      for (std::size_t j = 0; largest > 0 && j < candidates.count; ++j)
        if (j != chosen &&
            std::abs(double{x.data[candidates[j]]} - x.data[candidates[chosen]]) <= 2 * largest)
          furthest = std::max(furthest, j > chosen ? j - chosen : chosen - j);
      errors[0].data[place] = static_cast<float>(furthest);
      errors[1].data[place] = largest;
    }
  });
  return errors;
}

} // namespace ninc::bounds

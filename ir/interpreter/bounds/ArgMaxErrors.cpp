// Where the largest element is doesn't move at all, or, where others are as large within their errors, as far
// as to the furthest of these.
#include <algorithm>

#include "ir/interpreter/AxisWalk.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

Tensors resultErrors(const ArgMax &op, Operands operands, const Computation &) {
  const Tensor &x = operands[0].value, &error = operands[0].error;
  const Tensor *const values[] = {&x};
  Tensor errors = reference::evaluate(op, values).front();
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    const auto best = static_cast<std::size_t>(errors.data[at]);
    const double least = double{x.data[candidates[best]]} - error.data[candidates[best]];
    std::size_t furthest = 0;
    for (std::size_t i = 0; i < candidates.count; ++i)
      if (i != best && error.data[candidates[i]] + error.data[candidates[best]] > 0 &&
          double{x.data[candidates[i]]} + error.data[candidates[i]] >= least)
        furthest = std::max(furthest, i > best ? i - best : best - i);
    errors.data[at] = static_cast<float>(furthest);
  });
  return single(std::move(errors));
}

} // namespace ninc::bounds

// Interpolation: a weighted sum whose weights are rounded, and multiplied along the dimensions, before it is
// summed. The nearest element is taken as it is.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/ResizeWalk.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

Tensors resultErrors(const Resize &op, Operands operands, const Computation &) {
  const Tensor &x = operands[0].value, &error = operands[0].error;
  struct Sums {
    std::int64_t terms = 0;
    double sum = 0, magnitudes = 0, squares = 0, plain = 0;
  };
  std::vector<Sums> sums(static_cast<std::size_t>(elementCount(op.shape)));
  reference::walkResize(op, x.shape, [&](std::size_t at, std::size_t from, double weight) {
    Sums &s = sums[at];
    const double term = weight * static_cast<double>(x.data[from]), off = weight * error.data[from];
    ++s.terms;
    s.sum += term;
    s.magnitudes += std::abs(term);
    s.squares += off * off;
    s.plain += off;
  });
  const bool copies = op.interpolation == Interpolation::nearest;
  // A dimension's weight is rounded once, and once more as a factor of the others'.
  const double ofWeights = copies ? 0 : 2 * static_cast<double>(op.shape.size()) * unitRoundoff;
  const double lost = copies ? 0 : smallestNormal * (2 + largestMagnitude(x));
  Tensor errors = reference::zeros(op.shape);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const Sums &s = sums[i];
    const double propagated = std::max(std::sqrt(s.squares), std::abs(s.plain));
    const double rounding = copies ? 0 : summationError(s.terms, s.magnitudes, s.sum);
    errors.data[i] =
        finiteError(propagated + rounding + ofWeights * s.magnitudes + lost * static_cast<double>(s.terms));
  }
  return single(std::move(errors));
}

} // namespace ninc::bounds

// Pools: a maximum is off by no more than the worst element of its window, and a mean by theirs and by its
// sum's rounding.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

namespace {

// Means keep the sign of errors, so they are averaged without hope of cancellation.
template <class Average>
Tensor meanErrors(const Operand &x, std::int64_t terms, Average average) {
  const Tensor means = average(x.value);
  const Tensor sizes = average(magnitudes(x.value));
  Tensor errors = average(x.error);
  // Terms are scaled by 2^-k with 2^k <= 4 terms before they are added (codegen/halide/shared/Mean.h).
  const double lost = 4 * static_cast<double>(terms) * smallestNormal;
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] =
        finiteError(errors.data[i] + summationError(terms + 2, sizes.data[i], means.data[i]) + lost);
  return errors;
}

} // namespace

Tensor averagePoolErrors(const AveragePool &op, const Operand &x) {
  return meanErrors(x, op.window.kernel[0] * op.window.kernel[1],
                    [&](const Tensor &t) { return reference::averagePool(op, t); });
}

Tensor globalAverageErrors(const Operand &x) {
  return meanErrors(x, x.value.shape[1] * x.value.shape[2],
                    [](const Tensor &t) { return reference::globalAverage(t); });
}

Tensors resultErrors(const MaxPool &op, Operands operands, const Computation &) {
  return single(reference::maxPool(op.window, op.extent, operands[0].error));
}

Tensors resultErrors(const AveragePool &op, Operands operands, const Computation &) {
  return single(averagePoolErrors(op, operands[0]));
}

Tensors resultErrors(const GlobalAveragePool &, Operands operands, const Computation &) {
  return single(globalAverageErrors(operands[0]));
}

} // namespace ninc::bounds

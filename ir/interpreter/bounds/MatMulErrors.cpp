// Products of two values: the rounding of their sums, and what each factor makes of the other's errors.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/MatrixWalk.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

namespace {

// The sums that the formulas of OpErrors.h are made of, for errors of one factor.
struct Propagated {
  double squares = 0, plain = 0;

  void add(double weight, double error) {
    squares += weight * error * (weight * error);
    plain += weight * error;
  }
  double bound() const { return std::max(std::sqrt(squares), std::abs(plain)); }
};

} // namespace

// The errors of the two factors may have one origin, so what they make is added.
Tensors resultErrors(const MatMul &, Operands operands, const Computation &) {
  const Operand &a = operands[0], &b = operands[1];
  const Shape &left = a.value.shape, &right = b.value.shape;
  Tensor errors = reference::zeros(reference::productShape(left, right));
  const double lost = smallestNormal * (1 + largestMagnitude(a.value) + largestMagnitude(b.value));
  reference::walkProduct(left, right, [&](std::size_t at, const reference::ProductTerms &terms) {
    Propagated ofA, ofB;
    double sum = 0, magnitudes = 0, crossed = 0;
    for (std::size_t k = 0; k < terms.count; ++k) {
      const std::size_t i = terms.left(k), j = terms.right(k);
      const double x = a.value.data[i], y = b.value.data[j], xError = a.error.data[i],
                   yError = b.error.data[j];
      sum += x * y;
      magnitudes += std::abs(x * y);
      crossed += xError * yError;
      ofA.add(y, xError);
      ofB.add(x, yError);
    }
    const auto count = static_cast<std::int64_t>(terms.count);
    errors.data[at] =
        finiteError(ofA.bound() + ofB.bound() + crossed + summationError(count + 1, magnitudes, sum) +
                    lost * static_cast<double>(count + 1));
  });
  return single(std::move(errors));
}

} // namespace ninc::bounds

// Products of matrices, sum by sum.
#include "ir/interpreter/MatrixWalk.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

Tensors evaluate(const MatMul &, Operands operands) {
  const Tensor &a = *operands[0], &b = *operands[1];
  Tensor y = zeros(productShape(a.shape, b.shape));
  walkProduct(a.shape, b.shape, [&](std::size_t at, const ProductTerms &terms) {
    double sum = 0;
    for (std::size_t k = 0; k < terms.count; ++k)
      sum += static_cast<double>(a.data[terms.left(k)]) * b.data[terms.right(k)];
    y.data[at] = static_cast<float>(sum);
  });
  return single(std::move(y));
}

} // namespace ninc::reference

// A matrix times a vector, row by row.
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

Tensors evaluate(const Dense &op, Operands operands) {
  const Tensor &x = *operands[0];
  Tensor y = zeros({op.outFeatures});
  const float *weight = op.weight->data.data(); // walks through [O, I] once
  for (std::size_t o = 0; o < y.data.size(); ++o) {
    double sum = op.hasBias ? op.bias->data[o] : 0.0;
    for (float v : x.data)
      sum += static_cast<double>(*weight++) * v;
    y.data[o] = static_cast<float>(activate(op.activation, sum));
  }
  return single(std::move(y));
}

} // namespace ninc::reference

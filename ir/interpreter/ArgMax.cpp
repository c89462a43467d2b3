// The largest of some elements, one after the other.
#include "ir/interpreter/AxisWalk.h"
#include "ir/interpreter/OpEvaluation.h"
#include "ir/ops/TypeRules.h"

namespace ninc::reference {

Tensors evaluate(const ArgMax &op, Operands operands) {
  const Tensor &x = *operands[0];
  const TensorType type{ElementType::f32, x.shape, Layout::chw};
  Tensor y = zeros(checkTypes(op, {&type, 1})->front().shape);
  walkAxis(op.axis, x.shape, [&](std::size_t at, const Candidates &candidates) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < candidates.count; ++i) {
      const float number = x.data[candidates[i]], most = x.data[candidates[best]];
      if (op.takesLast ? number >= most : number > most) best = i;
    }
    y.data[at] = static_cast<float>(best);
  });
  return single(std::move(y));
}

} // namespace ninc::reference

// Ops that move elements and change none.
#include <algorithm>

#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

Tensor zeros(Shape shape) {
  const auto count = static_cast<std::size_t>(elementCount(shape));
  return Tensor{std::move(shape), std::vector<float>(count)};
}

// Seen from the axis, a tensor is `outer` rows behind one another, each of axis extent x inner elements; the
// result's row is the operands' rows in order.
Tensor concatenate(std::int64_t axis, std::span<const Tensor *const> parts) {
  const auto along = static_cast<std::size_t>(axis);
  Shape shape = parts[0]->shape;
  for (const Tensor *part : parts.subspan(1))
    shape[along] += part->shape[along];
  std::int64_t outer = 1;
  for (std::size_t d = 0; d < along; ++d)
    outer *= shape[d];

  Tensor y = zeros(shape);
  auto out = y.data.begin();
  for (std::int64_t row = 0; row < outer; ++row)
    for (const Tensor *part : parts) {
      const std::int64_t rowSize = static_cast<std::int64_t>(part->data.size()) / outer;
      out = std::copy_n(part->data.begin() + row * rowSize, rowSize, out);
    }
  return y;
}

Tensor reshape(Shape shape, const Tensor &x) {
  return Tensor{std::move(shape), x.data};
}

Tensors evaluate(const Concat &op, Operands operands) {
  return single(concatenate(op.axis, operands));
}

Tensors evaluate(const Flatten &, Operands operands) {
  return single(reshape({elementCount(operands[0]->shape)}, *operands[0]));
}

Tensors evaluate(const Reshape &op, Operands operands) {
  return single(reshape(op.shape, *operands[0]));
}

} // namespace ninc::reference

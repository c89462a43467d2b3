// Ops that compute nothing: errors go where their elements go. Sources are as exact as they are given.
#include <cmath>
#include <vector>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

Tensors resultErrors(const Input &op, Operands, const Computation &) {
  return single(reference::zeros(op.type.shape));
}

Tensor preprocessingErrors(const TensorType &type, const Tensor &values) {
  Tensor errors = reference::zeros(type.shape);
  if (isNone(type.preprocessing)) return errors;
  const auto pixels = static_cast<std::size_t>(elementCount(type.shape) / type.shape[0]);
  for (std::size_t i = 0; i < errors.data.size(); ++i) {
    const auto [mean, factor] = lineOf(type.preprocessing, i / pixels);
    errors.data[i] = static_cast<float>(unitRoundoff *
                                        (4 * std::abs(double{values.data[i]}) + 2 * std::abs(mean * factor)));
  }
  return errors;
}

Tensors resultErrors(const Constant &op, Operands, const Computation &) {
  return single(reference::zeros(op.shape));
}

Tensors resultErrors(const Dropout &, Operands operands, const Computation &) {
  return single(operands[0].error);
}

Tensors resultErrors(const Concat &op, Operands operands, const Computation &) {
  std::vector<const Tensor *> errors;
  for (const Operand &operand : operands)
    errors.push_back(&operand.error);
  return single(reference::concatenate(op.axis, errors));
}

Tensors resultErrors(const Flatten &, Operands operands, const Computation &) {
  const Tensor &error = operands[0].error;
  return single(reference::reshape({elementCount(error.shape)}, error));
}

Tensors resultErrors(const Reshape &op, Operands operands, const Computation &) {
  return single(reference::reshape(op.shape, operands[0].error));
}

Tensors resultErrors(const Transpose &op, Operands operands, const Computation &) {
  return single(reference::transpose(op.order, operands[0].error));
}

Tensors resultErrors(const Slice &op, Operands operands, const Computation &) {
  return single(reference::slice(op, operands[0].error));
}

Tensors resultErrors(const Pad &op, Operands operands, const Computation &) {
  return single(reference::pad(op, 0, operands[0].error));
}

} // namespace ninc::bounds

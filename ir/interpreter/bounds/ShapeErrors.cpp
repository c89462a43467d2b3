// Ops that compute nothing: errors go where their elements go. Sources are as exact as they are given.
#include <vector>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

Tensors resultErrors(const Input &op, Operands, const Computation &) {
  return single(reference::zeros(op.type.shape));
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

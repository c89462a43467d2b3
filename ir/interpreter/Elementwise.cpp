// Functions of one element, and of two elements at the same place after stretching.
#include "ir/interpreter/Broadcast.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

namespace {

Tensor apply(const Binary &function, const Tensor &a, const Tensor &b) {
  return broadcast(a, b, [&](std::size_t i, std::size_t j) {
    return valueOf(function, static_cast<double>(a.data[i]), static_cast<double>(b.data[j]));
  });
}

} // namespace

double activate(const Activation &activation, double v) {
  return activation ? valueOf(*activation, v) : v;
}

Tensor add(const Tensor &a, const Tensor &b) {
  return apply(Binary{BinaryKind::add}, a, b);
}

Unary rectifierOf(const Prelu &prelu, std::size_t channel) {
  return {UnaryKind::leakyRelu, {prelu.slope->data[channel]}};
}

Tensors evaluate(const Unary &op, Operands operands) {
  Tensor y = *operands[0];
  for (float &v : y.data)
    v = static_cast<float>(valueOf(op, static_cast<double>(v)));
  return single(std::move(y));
}

Tensors evaluate(const Binary &op, Operands operands) {
  return single(apply(op, *operands[0], *operands[1]));
}

Tensors evaluate(const Prelu &op, Operands operands) {
  Tensor y = *operands[0];
  const std::size_t size = y.data.size() / op.slope->data.size();
  for (std::size_t i = 0; i < y.data.size(); ++i)
    y.data[i] = static_cast<float>(valueOf(rectifierOf(op, i / size), static_cast<double>(y.data[i])));
  return single(std::move(y));
}

Tensors evaluate(const Dropout &, Operands operands) {
  return single(*operands[0]);
}

} // namespace ninc::reference

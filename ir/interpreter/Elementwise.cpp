// Functions of one element, and of two elements at the same place after stretching.
#include "ir/interpreter/Broadcast.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

Tensor apply(const Unary &function, const Tensor &x) {
  Tensor y = x;
  for (float &v : y.data)
    v = static_cast<float>(valueOf(function, static_cast<double>(v)));
  return y;
}

Tensor apply(const Binary &function, const Tensor &a, const Tensor &b) {
  return broadcast(a, b, [&](std::size_t i, std::size_t j) {
    return valueOf(function, static_cast<double>(a.data[i]), static_cast<double>(b.data[j]));
  });
}

double activate(const Activation &activation, double v) {
  return activation ? valueOf(*activation, v) : v;
}

Tensor add(const Tensor &a, const Tensor &b) {
  return apply(Binary{BinaryKind::add}, a, b);
}

} // namespace ninc::reference

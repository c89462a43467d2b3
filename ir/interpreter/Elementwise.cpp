// Functions of one element, and of two elements at the same place after stretching.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

namespace {

// For each dimension of `to`, how far one step moves in a tensor of shape `from`: not at all where `from`
// has extent 1, which is what stretches it.
std::vector<std::int64_t> stretchedStrides(const Shape &from, const Shape &to) {
  std::vector<std::int64_t> strides(to.size());
  std::int64_t stride = 1;
  for (std::size_t d = to.size(); d-- > 0;) {
    strides[d] = from[d] == 1 ? 0 : stride;
    stride *= from[d];
  }
  return strides;
}

template <class Combine>
Tensor broadcast(const Tensor &a, const Tensor &b, Combine combine) {
  Shape shape(a.shape.size());
  for (std::size_t d = 0; d < shape.size(); ++d)
    shape[d] = std::max(a.shape[d], b.shape[d]);
  const std::vector<std::int64_t> aStrides = stretchedStrides(a.shape, shape);
  const std::vector<std::int64_t> bStrides = stretchedStrides(b.shape, shape);
  Tensor y = zeros(shape);
  for (std::size_t flat = 0; flat < y.data.size(); ++flat) {
    std::int64_t rest = static_cast<std::int64_t>(flat), inA = 0, inB = 0;
    for (std::size_t d = shape.size(); d-- > 0; rest /= shape[d]) {
      inA += rest % shape[d] * aStrides[d];
      inB += rest % shape[d] * bStrides[d];
    }
    y.data[flat] = static_cast<float>(combine(static_cast<double>(a.data[static_cast<std::size_t>(inA)]),
                                              static_cast<double>(b.data[static_cast<std::size_t>(inB)])));
  }
  return y;
}

} // namespace

double activate(const Activation &activation, double v) {
  switch (activation.kind) {
  case ActivationKind::none:
    return v;
  case ActivationKind::relu:
    return v < 0 ? 0 : v;
  case ActivationKind::leakyRelu:
    return v < 0 ? activation.alpha * v : v;
  case ActivationKind::sigmoid:
    return 1 / (1 + std::exp(-v));
  case ActivationKind::tanh:
    return std::tanh(v);
  }
  return v;
}

Tensor activate(const Activation &activation, const Tensor &x) {
  Tensor y = x;
  for (float &v : y.data)
    v = static_cast<float>(activate(activation, static_cast<double>(v)));
  return y;
}

Tensor add(const Tensor &a, const Tensor &b) {
  return broadcast(a, b, [](double left, double right) { return left + right; });
}

Tensor multiply(const Tensor &a, const Tensor &b) {
  return broadcast(a, b, [](double left, double right) { return left * right; });
}

} // namespace ninc::reference

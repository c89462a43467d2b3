// Two tensors element by element, where an extent of 1 stretches to the other's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ir/Tensor.h"

namespace ninc::reference {

// For each dimension of `to`, how far one step moves in a tensor of shape `from`: not at all where `from`
// has extent 1, which is what stretches it.
inline std::vector<std::int64_t> stretchedStrides(const Shape &from, const Shape &to) {
  std::vector<std::int64_t> strides(to.size());
  std::int64_t stride = 1;
  for (std::size_t d = to.size(); d-- > 0;) {
    strides[d] = from[d] == 1 ? 0 : stride;
    stride *= from[d];
  }
  return strides;
}

// combine(i, j) for each element of the result, of element i of `a` and j of `b`, rounded to f32. Shapes are
// of one rank and match (ir/ops/Elementwise.cpp).
template <class Combine>
Tensor broadcast(const Tensor &a, const Tensor &b, Combine combine) {
  Tensor y{Shape(a.shape.size()), {}};
  for (std::size_t d = 0; d < y.shape.size(); ++d)
    y.shape[d] = std::max(a.shape[d], b.shape[d]);
  const std::vector<std::int64_t> aStrides = stretchedStrides(a.shape, y.shape);
  const std::vector<std::int64_t> bStrides = stretchedStrides(b.shape, y.shape);
  const std::int64_t elements = elementCount(y.shape);
  y.data.reserve(static_cast<std::size_t>(elements));
  for (std::int64_t flat = 0; flat < elements; ++flat) {
    std::int64_t rest = flat, i = 0, j = 0;
    for (std::size_t d = y.shape.size(); d-- > 0; rest /= y.shape[d]) {
      i += rest % y.shape[d] * aStrides[d];
      j += rest % y.shape[d] * bStrides[d];
    }
    y.data.push_back(static_cast<float>(combine(static_cast<std::size_t>(i), static_cast<std::size_t>(j))));
  }
  return y;
}

} // namespace ninc::reference

// Tensors element by element, where an extent of 1 stretches to the others'.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
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

// What shapes of one rank that match stretch to.
inline Shape stretchedShape(std::span<const Shape *const> shapes) {
  Shape stretched = *shapes[0];
  for (const Shape *shape : shapes)
    for (std::size_t d = 0; d < stretched.size(); ++d)
      stretched[d] = std::max(stretched[d], (*shape)[d]);
  return stretched;
}

// visit(at, channel, places) for each element of a tensor of shape `to`: its number, where it is along the
// first dimension, and which element of each tensor of the shapes `from` stretches to it. All are of one rank
// and match (ir/ops/Elementwise.cpp).
template <class Visit>
void walkStretched(std::span<const Shape *const> from, const Shape &to, Visit visit) {
  std::vector<std::vector<std::int64_t>> strides;
  for (const Shape *shape : from)
    strides.push_back(stretchedStrides(*shape, to));
  const auto elements = static_cast<std::size_t>(elementCount(to));
  const std::size_t size = elements / static_cast<std::size_t>(to[0]);
  std::vector<std::int64_t> position(to.size());
  std::vector<std::size_t> places(from.size());
  for (std::size_t at = 0; at < elements; ++at) {
    for (std::size_t k = 0; k < from.size(); ++k) {
      std::int64_t place = 0;
      for (std::size_t d = 0; d < to.size(); ++d)
        place += position[d] * strides[k][d];
      places[k] = static_cast<std::size_t>(place);
    }
    visit(at, at / size, std::span<const std::size_t>(places));
    for (std::size_t d = to.size(); d-- > 0 && ++position[d] == to[d];)
      position[d] = 0;
  }
}

// combine(i, j) for each element of the result, of element i of `a` and j of `b`, rounded to f32. Shapes are
// of one rank and match (ir/ops/Elementwise.cpp).
template <class Combine>
Tensor broadcast(const Tensor &a, const Tensor &b, Combine combine) {
  const std::array<const Shape *, 2> shapes{&a.shape, &b.shape};
  Tensor y{stretchedShape(shapes), {}};
  y.data.reserve(static_cast<std::size_t>(elementCount(y.shape)));
  walkStretched(shapes, y.shape, [&](std::size_t, std::size_t, const auto &places) {
    y.data.push_back(static_cast<float>(combine(places[0], places[1])));
  });
  return y;
}

} // namespace ninc::reference

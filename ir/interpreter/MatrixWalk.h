// Which elements of two matrices meet in an element of their product: for the reference and its bounds.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "ir/interpreter/Broadcast.h"

namespace ninc::reference {

inline Shape productShape(const Shape &a, const Shape &b) {
  Shape shape = a;
  shape.back() = b.back();
  for (std::size_t i = 0; i + 2 < shape.size(); ++i)
    shape[i] = std::max(a[i], b[i]);
  return shape;
}

// The terms of one element: the numbers of the two factors' elements in each.
struct ProductTerms {
  std::size_t row = 0, column = 0; // where the first ones are
  std::size_t count = 0, columns = 0;

  std::size_t left(std::size_t term) const { return row + term; }
  std::size_t right(std::size_t term) const { return column + term * columns; }
};

// visit(at, terms) for each element of the product, in their order.
template <class Visit>
void walkProduct(const Shape &a, const Shape &b, Visit visit) {
  const std::size_t rank = a.size();
  const auto rows = static_cast<std::size_t>(a[rank - 2]), count = static_cast<std::size_t>(a[rank - 1]),
             columns = static_cast<std::size_t>(b[rank - 1]);
  // The matrices of each, as if they were elements.
  const auto matrices = [&](const Shape &shape) {
    Shape few(shape.begin(), shape.end() - 2);
    few.insert(few.begin(), 1);
    return few;
  };
  const Shape ofA = matrices(a), ofB = matrices(b);
  const std::array<const Shape *, 2> both{&ofA, &ofB};
  std::size_t at = 0;
  walkStretched(both, stretchedShape(both), [&](std::size_t, std::size_t, const auto &places) {
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j)
        visit(at++,
              ProductTerms{(places[0] * rows + i) * count, places[1] * count * columns + j, count, columns});
  });
}

} // namespace ninc::reference

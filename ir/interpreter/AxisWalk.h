// The elements that an arg_max or a top_k compares: for the reference, its bounds, and who judges a choice.
#pragma once

#include <cstddef>

#include "ir/Types.h"

namespace ninc {

// Those of one place, by their numbers in the operand: first, first + step, ...
struct Candidates {
  std::size_t first = 0, step = 1, count = 1;

  std::size_t operator[](std::size_t number) const { return first + number * step; }
};

// visit(at, candidates) for each place `at` in the other dimensions, in their order.
template <class Visit>
void walkAxis(std::int64_t along, const Shape &operand, Visit visit) {
  std::size_t outer = 1, inner = 1;
  const auto axis = static_cast<std::size_t>(along), count = static_cast<std::size_t>(operand[axis]);
  for (std::size_t d = 0; d < operand.size(); ++d)
    if (d != axis) (d < axis ? outer : inner) *= static_cast<std::size_t>(operand[d]);
  for (std::size_t i = 0; i < outer; ++i)
    for (std::size_t j = 0; j < inner; ++j)
      visit(i * inner + j, Candidates{i * count * inner + j, inner, count});
}

} // namespace ninc

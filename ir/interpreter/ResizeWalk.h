// Which elements meet in an element of a resized tensor, and by which weights: for the reference and its
// bounds.
#pragma once

#include <vector>

#include "ir/interpreter/OpEvaluation.h"
#include "ir/ops/ResizeTaps.h"

namespace ninc::reference {

// visit(at, from, weight) for each term of each element `at` of the result, in the order of the elements;
// `from` is the operand's element.
template <class Visit>
void walkResize(const Resize &resize, const Shape &operand, Visit visit) {
  const std::vector<ResizeTaps> taps = resizeTaps(resize, operand);
  const std::vector<std::int64_t> strides = stridesOf({ElementType::f32, operand, Layout::chw});
  const std::size_t elements = static_cast<std::size_t>(elementCount(resize.shape));
  std::vector<std::int64_t> place(operand.size(), 0);
  // The terms along the dimensions that are resized, from number `next` on.
  const auto terms = [&](const auto &self, std::size_t next, std::size_t at, std::int64_t from,
                         double weight) -> void {
    if (next == taps.size()) return visit(at, static_cast<std::size_t>(from), weight);
    const ResizeTaps &along = taps[next];
    for (std::int64_t t = 0; t < along.count; ++t) {
      const auto number = static_cast<std::size_t>(t * along.size + place[along.dimension]);
      self(self, next + 1, at, from + along.positions[number] * strides[along.dimension],
           weight * along.weights[number]);
    }
  };
  std::vector<bool> isTaken(operand.size(), true); // as it stands
  for (const ResizeTaps &along : taps)
    isTaken[along.dimension] = false;
  for (std::size_t at = 0; at < elements; ++at) {
    std::int64_t from = 0;
    for (std::size_t d = 0; d < place.size(); ++d)
      if (isTaken[d]) from += place[d] * strides[d];
    terms(terms, 0, at, from, 1);
    for (std::size_t d = place.size(); d-- > 0 && ++place[d] == resize.shape[d];)
      place[d] = 0;
  }
}

} // namespace ninc::reference

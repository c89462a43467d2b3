// What chains of reshapes and transposes do to elements: one permutation of a shape's parts, whatever the
// steps.
//
//   a = reshape x [6, 5]
//   b = transpose a [1, 0]
//   c = reshape b [5, 2, 3]
//
// of x [2, 3, 5] is Rearrangement{{6, 5}, {1, 0}}: x seen as [6, 5], in the order 1, 0. Shapes are no part of
// it: a reshape moves nothing.
//
// A part is a run of neighbouring dimensions, or a share of one dimension, that stays together. Two
// rearrangements compose if there are parts that both can be said in. They are kept in their plainest form:
// no part is 1, and parts that stay neighbours are one, so what keeps all elements in order has at most one
// part.
#pragma once

#include <optional>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

struct Rearrangement {
  Shape parts;                    // in the source's row-major order
  std::vector<std::size_t> order; // result part i is the source's part order[i]
  friend bool operator==(const Rearrangement &, const Rearrangement &) = default;
};

// The one that moves nothing, of so many elements.
Rearrangement unmoved(std::int64_t elements);

Rearrangement rearrangementOf(const Transpose &transpose, const Shape &from);

// What `second` does to the result of `first`; none if one's parts cross those of the other.
std::optional<Rearrangement> composed(const Rearrangement &first, const Rearrangement &second);

inline bool keepsElements(const Rearrangement &how) {
  return how.parts.size() <= 1;
}

// The order of a single transpose from one shape to the other that does it, if one does.
std::optional<Shape> transposeOrder(const Rearrangement &how, const Shape &from, const Shape &to);

// For each element of the result, which one of the source it is; both in row-major order.
std::vector<std::size_t> sourcesOf(const Rearrangement &how);

// A value as what is moved, by reshapes and transposes alone, from one that isn't made by those, or from the
// farthest from where it is one rearrangement.
struct Moved {
  Value source;
  Rearrangement how;
  std::vector<Node> movers; // the last one first
  std::size_t transposes = 0;
};
Moved movedFrom(const Graph &graph, Value value);

} // namespace ninc

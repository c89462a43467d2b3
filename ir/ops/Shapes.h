// Ops that compute nothing: the same elements in another place.
#pragma once

#include <cstdint>

#include "ir/Types.h"

namespace ninc {

// Two or more operands of equal rank, laid behind one another along `axis`; the other extents are equal.
struct Concat {
  std::int64_t axis = 0;
  friend bool operator==(const Concat &, const Concat &) = default;
};

// Any shape -> [number of elements], in row-major order of the logical shape (c, then row, then column),
// whatever the memory layout.
struct Flatten {
  friend bool operator==(const Flatten &, const Flatten &) = default;
};

// The same elements in the same row-major order under another shape.
struct Reshape {
  Shape shape;
  friend bool operator==(const Reshape &, const Reshape &) = default;
};

} // namespace ninc

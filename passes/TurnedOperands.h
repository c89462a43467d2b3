// Ops on the other side of a transpose: what computes the same of operands as they lie in front of it.
#pragma once

#include <optional>

#include "ir/Graph.h"

namespace ninc {

// The order that undoes one.
Shape opposite(const Shape &order);

// The op that does on operands in their former order what `op` does on those turned by `order`, if there is
// one.
std::optional<Op> opBefore(const Op &op, const Shape &order);

// How an operand comes to lie in the order from before a transpose by `order`.
enum class Way : std::uint8_t {
  none,
  read,     // it lies there already, as another value: its transpose's operand, or a transpose of it
  constant, // its numbers are turned
  reshape,  // it is the same in either order
};

struct Turn {
  Way way = Way::none;
  Value value; // read: what is read instead
};

Turn turnOf(const Graph &graph, Value operand, const Shape &order);

// The value to be read; what it takes is put before `reader`.
Result<Value> turned(Graph &graph, Node reader, const Turn &turn, const Shape &order);

} // namespace ninc

// The plainest chain of reshapes and transposes that moves elements as a given one does.
#pragma once

#include "passes/Rearrangement.h"

namespace ninc {

// The op that copies a value of this shape, or brings one of another shape into it.
Op reshapeTo(const Shape &shape);

// Shortens the chain of reshapes and transposes that ends with `node`, which must be one of them and not a
// reshape of a reshape:
//
//   what moves nothing, whatever the steps           a reshape
//   what a single transpose does                     that transpose
//   any other with two transposes or more            reshape, transpose, reshape
//
// The node keeps its name; others that nothing else reads go. True if anything changed.
bool simplifyMoves(Graph &graph, Node node);

} // namespace ninc

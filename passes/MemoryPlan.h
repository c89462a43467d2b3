// Where every intermediate value of a compiled model lives: offsets into one arena that the caller provides.
//
// Liveness over the execution order gives each value an interval; values whose intervals overlap may not
// overlap in memory. Greedy by size (Pisarchyk and Lee 2020, "Efficient Memory Management for Deep Neural
// Net Inference", section 5): the largest value first, each at the lowest offset that is free for its whole
// life. In-place where legal: an elementwise op may overwrite an operand that dies with it; flatten and
// reshape of a row-major value are no op at all, the result is the operand's memory.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "ir/Graph.h"

namespace ninc {

struct Placement {
  enum class Kind { input, constant, output, arena };
  Kind kind = Kind::arena;
  std::size_t index = 0;   // input or output: its number
  std::int64_t offset = 0; // arena: bytes from its start
  std::int64_t bytes = 0;
  // True when the value is another one's memory (flatten, reshape): no kernel computes it.
  bool alias = false;
};

struct MemoryPlan {
  static constexpr std::int64_t alignment = 64;
  std::int64_t arenaBytes = 0;
  std::vector<Node> order;                     // execution order, nodes that compute nothing left out
  std::unordered_map<Value, Placement> places; // one for each value of the graph
};

// Every value of the arena has room for `images` images, one behind the other, and starts at a multiple of
// `alignment`; Placement::bytes is one image's. Requires assign-layouts to have run. A graph output that is
// itself an input, constant or alias, or is one value under two outputs' memory, gets a copy: such nodes must
// not exist after canonicalisation, and the error says which value is in the way.
Result<MemoryPlan> planMemory(const Graph &graph, std::int64_t images = 1,
                              std::int64_t alignment = MemoryPlan::alignment);

} // namespace ninc

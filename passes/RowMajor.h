// Which inner values of rank 3 aren't maps but rows: what matrix products read and write.
#pragma once

#include <unordered_set>

#include "ir/Graph.h"

namespace ninc {

// Values that an op which walks rows (OpTraits::rowMajor) reads or writes, and what elementwise ops make of
// such a value: these stay row-major, where others of rank 3 get their channels innermost.
std::unordered_set<Value> rowMajorValues(const Graph &graph);

} // namespace ninc

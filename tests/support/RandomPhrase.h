// Several ops that exporters write for one thing, for random models.
#pragma once

#include <functional>
#include <vector>

#include "ir/Graph.h"
#include "support/Random.h"

namespace ninc::testing {

// Appends an op that is legal on its operands; its result, or none if there is none such.
using AppendOp = std::function<Value(Op, std::vector<Value>)>;

// A function spelled out, a border of zeros for a window, or a dense layer over maps in another order; over a
// value of that shape. True if its last op was appended.
bool appendPhrase(Random &random, Value value, const Shape &shape, const AppendOp &append);

} // namespace ninc::testing

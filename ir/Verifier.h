// The invariants of a graph between passes. Each has a test that breaks it (tests/unit/ir/VerifierTest.cpp).
//
//  1. The graph has no cycle.
//  2. Operands of a node are numbered 0, 1, ... without gap or repetition.
//  3. Every operand names a result that its producer has.
//  4. Result types are what the op's type rule makes of its operands' types (layout aside).
//  5. Names are fit (checkName in ir/Names.h), unique, and find() leads back to the value.
//  6. There is at least one output; outputs are results of this graph's ops, no inputs and no constants
//  (their
//     memory is the caller's, and a kernel must write it), and none is listed twice.
//  7. Inputs, constants and values of a rank other than 3 have layout chw.
//  8. Bound parameters have the shape that the op's slot asks for, and finite numbers.
//  9. The model's name is fit (checkModelName in ir/ModelName.h).
// 10. With ParameterState::bound: no slot is empty.
#pragma once

#include <string>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

struct Violation {
  int invariant = 0; // its number above
  std::string message;
};

enum class ParameterState { mayBeUnbound, bound };

// Every violation found; empty for a sound graph. Doesn't change the graph, doesn't throw.
std::vector<Violation> verify(const Graph &graph, ParameterState parameters = ParameterState::mayBeUnbound);

} // namespace ninc

// What is said of an op beside its line: what people had written there, which of the file's layers an mlpconv
// is made of, what is folded into its weights, and which few numbers a constant is.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "driver/import/Naming.h"
#include "frontend/Origin.h"
#include "ir/Graph.h"

namespace ninc {

// By nodes of the tidied graph, before its values are named for people. `recognised` is the written graph
// with functions by their names (passes/Tidy.h): what is left of sums and products there is folded, or an op.
std::unordered_map<Node, Comment> commentsOf(const Graph &tidied, const History &written,
                                             const History &recognised, const Origin &origin);

} // namespace ninc

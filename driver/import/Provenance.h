// Which ops of a model as its file has it are behind each op of the tidied one. Values that keep their name
// keep their meaning (passes/Passes.h), so an op stands for all that lies, in the file's graph, between its
// result and the values that the tidied graph still has.
#pragma once

#include <unordered_map>
#include <vector>

#include "ir/Graph.h"

namespace ninc {

// By nodes of `tidied`, nodes of `written`, producers first, sources that it reads among them. An op whose
// result is no value of the file (a pass has moved an activation) stands for what its reader does.
std::unordered_map<Node, std::vector<Node>> provenanceOf(const Graph &tidied, const Graph &written);

} // namespace ninc

// Which ops are written inside the line of the op that reads them: `prob = softmax (global_avg_pool maps)`.
//
// Those without weights whose result one op reads once: functions of elements, sums and the like, means,
// reshapes. At most two stand inside one another. What a person gave a line of its own in a text keeps it.
#pragma once

#include <string_view>
#include <unordered_set>

#include "ir/Graph.h"

namespace ninc {

enum class NamedLines { stay, mayGo };

// Whether the op joins branches: a line ends with it, or with the function behind it.
bool joinsBranches(const Graph &graph, Node node);

// "relu_1" of a relu: a name as the parser makes one up for an op without a line of its own.
bool isMadeUpName(const Op &op, std::string_view name);

// The nodes that have no line. With NamedLines::stay they are those with made-up names among what may nest.
std::unordered_set<Node> nestedNodes(const Graph &graph, NamedLines lines);

} // namespace ninc

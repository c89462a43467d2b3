// A graph as `.nin` text, spelled out: one op a line, every attribute that isn't the default, result types
// after a colon. What this prints, frontend/text parses back to the same graph (docs/language.md).
#pragma once

#include <string>
#include <string_view>

#include "ir/Graph.h"

namespace ninc {

// The whole model: name, weights line, ops in topological order, outputs.
std::string print(const Graph &graph);

// One op without names and operands, as it stands behind the `=`: "mlpconv [conv 5x5 pad 2 -> 192, 160]".
// Equal ops print equally, so this is also an op's key.
std::string printOp(const Op &op);

// A STRING of the language that says this.
std::string quoted(std::string_view text);

// What stands behind an input's type or an output's name: ` "data:0"`, if the model's file has another name
// for it (Graph::originalNames).
std::string printOriginalName(const Graph &graph, Value value);

} // namespace ninc

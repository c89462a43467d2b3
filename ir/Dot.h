// A graph as Graphviz text: a box an op with its name, attributes and result shape; `dot -Tsvg` draws it.
#pragma once

#include <string>

#include "ir/Graph.h"

namespace ninc {

std::string toDot(const Graph &graph);

} // namespace ninc

// The few moves that every rewriting is made of, with the promises of Passes.h built in: who still needs a
// value, what may vanish, and who inherits whose name.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "ir/Graph.h"

namespace ninc {

// Why `value` has to exist in memory even if `reader` computes it for itself: "'a' is an output", "'a' is
// also read by 'b'". Empty when `reader` reads it once and nobody else does.
std::string reasonToKeep(const Graph &graph, Value value, Node reader);

// The same for several nodes that become one and may read the value as often as they like.
std::string reasonToKeep(const Graph &graph, Value value, const std::set<Node> &readers);

// The node that alone reads `value`, and reads it once; none if the value is an output.
std::optional<Node> soleReader(const Graph &graph, Value value);

// The number that all elements of a constant are; none of other values, of unbound constants, or where they
// differ.
std::optional<float> uniformNumber(const Graph &graph, Value value);

// `standIn` becomes what `gone` was: it takes over gone's readers, place among the outputs and name; its own
// old name is free. gone's node, which must have no other result, is erased.
void takePlace(Graph &graph, Value standIn, Value gone);

// `base`, or `base_2`, `base_3`, ... whichever no value has yet.
std::string freeName(const Graph &graph, const std::string &base);

// Erases `node` if nothing reads it, then likewise the nodes it alone kept alive. Inputs stay: they are the
// signature. True if it erased anything.
bool eraseUnused(Graph &graph, Node node);

// Erases every node that reaches no output; inputs stay. True if it erased anything.
bool eraseDeadNodes(Graph &graph);

// The layers of a conv2d or mlpconv seen as one stack, or none for other ops.
struct ConvStack {
  std::vector<ConvLayer> layers;
  Epilogue epilogue;
};
std::optional<ConvStack> convStackOf(const Op &op);

// "3x3" or "3x3 stride 2": a window as remarks name it.
std::string describe(const Window &window);

// What an mlpconv with this epilogue, which there must be, does: "pools or averages its maps".
std::string describe(const Epilogue &epilogue);

} // namespace ninc

// Eliminate dead code: a node that reaches no output computes for nobody.
//
//   a = relu x                    y = tanh x
//   b = sigmoid a       ==>       output y
//   y = tanh x
//   output y
//
// Algorithm: nodes in reverse topological order; one whose results nobody reads goes, and with it its reads.
//
// When it must not fire: inputs stay even if nothing reads them, since they are the arguments of the
// compiled function, and a caller's code must not stop compiling because of an optimization.
#include "passes/Passes.h"
#include "passes/Rewriting.h"

namespace ninc {

bool eliminateDeadCode(Graph &graph, PassContext &) {
  return eraseDeadNodes(graph);
}

} // namespace ninc

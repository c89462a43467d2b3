// Assign layouts: the memory order of every map.
//
//   stage1 : f32[96, 32, 32]        ==>        stage1 : f32[96, 32, 32] hwc
//
// With channels innermost a pixel's channels are neighbours: a 1x1 convolution is a matrix product over
// contiguous rows, and a vector register holds channels whatever the width of the map, which in a Network In
// Network soon gets too small (8, 6) to fill one along a row.
//
// Algorithm: inputs lie as the application has them; constants and outputs stay chw, the order that callers,
// .npy files and ONNX use, and so do the factors and products of matrices, whose rows are what is walked
// (RowMajor.h); every other value of rank 3 becomes hwc. The kernels at the borders read or write the other
// order as they go, so no node converts. Values of another rank have one order only.
//
// When it must not fire: see invariant 7 of ir/Verifier.h.
#include "passes/Passes.h"
#include "passes/RowMajor.h"

namespace ninc {

namespace {

bool hasChannelsInnermost(const Graph &graph, Value value) {
  const bool atTheBorder = traitsOf(graph.op(value.node)).source || graph.isOutput(value);
  return !atTheBorder && graph.type(value).shape.size() == 3;
}

} // namespace

bool assignLayouts(Graph &graph, PassContext &) {
  bool changed = false;
  const std::unordered_set<Value> rows = rowMajorValues(graph);
  for (Node node : graph.nodes()) {
    if (graph.as<Input>(node)) continue;
    for (std::size_t i = 0; i < graph.resultCount(node); ++i) {
      Value value = graph.result(node, i);
      const Layout layout =
          hasChannelsInnermost(graph, value) && !rows.contains(value) ? Layout::hwc : Layout::chw;
      if (graph.type(value).layout == layout) continue;
      graph.setLayout(value, layout);
      changed = true;
    }
  }
  return changed;
}

} // namespace ninc

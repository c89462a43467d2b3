// The types that a definition says its results have: ": f32[10], f32[10, 8, 8] hwc".
#pragma once

#include <vector>

#include "frontend/text/Cursor.h"
#include "ir/Graph.h"

namespace ninc::text {

struct Annotation {
  std::vector<TensorType> types; // empty if there is none
  SourceRange where;
};

// What stands behind a colon, if one is next.
Annotation parseAnnotation(Cursor &cursor);

// Sets the layouts of the node's results. Everything else must be what the op makes of its operands; what
// isn't is reported.
void applyAnnotation(const Annotation &annotation, Graph &graph, Node node, Diagnostics &diagnostics);

} // namespace ninc::text

// The optimizer on one page: every pass is a free function `bool pass(Graph &, PassContext &)` that says
// honestly whether it changed the graph. Passes.def lists them in pipeline order. What a pass is for, the
// IR before and after, its algorithm and when it must not fire are told at the top of its own file.
//
// Two promises every pass keeps:
//  - A value that keeps its name keeps its meaning. Verification compares values by name, so a rewriting
//    gives its result the name of the value it stands for, and drops the names of those that are gone.
//  - Outputs keep their names, shapes and order.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/Graph.h"
#include "support/Diagnostics.h"

namespace ninc {

struct PassContext {
  Diagnostics &diagnostics; // remarks: what was done, and why something was not
};

#define NINC_PASS(function, name) bool function(Graph &, PassContext &);
#include "passes/Passes.def"

struct Pass {
  std::string_view name; // as on the command line: "fuse-mlpconv"
  bool (*run)(Graph &, PassContext &);
};

// Every pass in pipeline order.
std::span<const Pass> allPasses();

struct PassTiming {
  std::string_view name;
  double seconds = 0;
  bool changed = false;
};

struct PipelineOptions {
  // Called after each pass (for --print-ir-after); may be empty.
  std::function<void(const Pass &, const Graph &, bool changed)> afterPass;
  bool verifyEach = true;
};

// Runs the whole pipeline. An error is a violation of an invariant after a pass, or of those that the
// pipeline promises at its end (passes/LoweredGraph.h): a defect of ninc, told with the pass's name.
// `timings` may be null.
Result<void> runPipeline(Graph &graph, PassContext &context, const PipelineOptions &options = {},
                         std::vector<PassTiming> *timings = nullptr);

} // namespace ninc

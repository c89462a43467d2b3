// Optimised graph -> Program.
#pragma once

#include "codegen/plan/CompileOptions.h"
#include "codegen/program/Program.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// Plans memory, chooses schedules, packs weights and compiles the distinct kernels, options.jobs at once. The
// graph must be through the pipeline and have its parameters bound. What comes out doesn't depend on jobs.
Result<Program> lower(const Graph &graph, const CompileOptions &options);

} // namespace ninc

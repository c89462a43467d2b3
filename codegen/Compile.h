// Optimised graph -> library: the whole back end behind one call.
//
//   Graph --lower--> Program --compileKernel--> objects --+
//                       |                                 +-- link --> .so .a .o
//                       +-- emitHostModule, weights ------+
#pragma once

#include <filesystem>

#include "codegen/library/Product.h"
#include "codegen/plan/CompileOptions.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

// Writes `output` (and, for .so .a .o, the header beside it, same name with .h) atomically: on any failure
// neither file is touched. A library that goes to a device or a pipe comes without its header. The graph must
// be through the pipeline and have its parameters bound. One call at a time in a process, since it forks
// (codegen/kernel/KernelCompilation.h).
Result<CompileStatistics> compile(const Graph &graph, Product product, const std::filesystem::path &output,
                                  const CompileOptions &options);

} // namespace ninc

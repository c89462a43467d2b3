// Optimised graph -> library: the whole back end.
//
//   for each target, size and group of images:
//     Graph --plan--> kernels' specs --choose--> schedules
//   schedules --compile--> objects --assemble--> Program, a version each
//   Program --emit--> host module, descriptor, weights --link--> .so .a .o
//
// `lower` is all but the last line, `compile` all.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "codegen/library/Product.h"
#include "codegen/plan/CompileOptions.h"
#include "codegen/program/Program.h"
#include "codegen/schedule/ScheduleChoice.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct CompileOutput {
  Product product = Product::sharedLibrary;
  std::filesystem::path path;
  std::filesystem::path temporaries = {}; // folder for objects and the host module; empty: none are kept
  bool weightsAreExternal = false;        // in a file beside a library, same name with .weights
};

struct CompileReport {
  CompileStatistics statistics;
  std::vector<ScheduleReason> reasons; // the CPU's, then each device's
};

// The program that a library of the graphs holds: what there is to look at without making a library. The
// graphs are one model at several sizes of its inputs: their inputs and outputs have the same names and ranks
// (else bad input). They must be through the pipeline and have their parameters bound; one that isn't ready
// (passes/LoweredGraph.h) is an internal error. What comes out doesn't depend on options.jobs. One call at a
// time in a process, since it forks (codegen/kernel/KernelCompilation.h).
Result<Program> lower(std::span<const Graph> sizes, const CompileOptions &options);

// Lowers, and writes the output (and, for .so .a .o, the header beside it, same name with .h) atomically: on
// any failure neither file is touched. A library that goes to a device or a pipe comes without its header. As
// lower otherwise.
Result<CompileReport> compile(std::span<const Graph> sizes, const CompileOutput &output,
                              const CompileOptions &options);

// Of one size.
Result<Program> lower(const Graph &graph, const CompileOptions &options);
Result<CompileReport> compile(const Graph &graph, const CompileOutput &output, const CompileOptions &options);

} // namespace ninc

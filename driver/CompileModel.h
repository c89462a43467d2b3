// From a model's text to what is made of it: the whole of ninc, one call a step.
//
//   Request --resolve--> Build     what code is made for
//   text --readModel--> Graph      parsed, weights bound
//   Graph --optimise--> Graph      the passes
//   Graph --compileOptimised-->    schedules chosen; codegen plans, compiles, emits and links
//
// compileFile is all of them. One call at a time in a process, since compiling forks.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "codegen/Compile.h"
#include "driver/Listener.h"
#include "driver/Outputs.h"
#include "driver/Resolve.h"
#include "driver/ScheduleSources.h"
#include "support/Result.h"

namespace ninc {

struct WrittenModel {
  Graph graph;            // at the first size
  ModelSource source;     // that places in diagnostics point into
  std::int64_t batch = 1; // images a run
  Origin origin = {};
  std::vector<Graph> furtherSizes = {}; // the same model, where the request asks for several
};

// Imports the file. What is wrong with it goes to the listener, so the error has no message left.
Result<WrittenModel> readModel(const std::filesystem::path &file, const ImportOptions &options,
                               const Listener &listener);

// The request's model, as it asks for it. What is to be said of further sizes is what the first has said, but
// for errors.
Result<WrittenModel> readModel(const Request &request, WeightLoading weights, const Listener &listener);

// The model at its first size through all passes. An error is a defect of ninc.
Result<Graph> optimise(const WrittenModel &model, const Listener &listener);

// The same at all its sizes; what passes say of further ones isn't heard.
Result<std::vector<Graph>> optimiseSizes(const WrittenModel &model, const Listener &listener);

// Reads the build's sources of schedules, with what there is to say about them.
Result<ScheduleSources> openSchedules(const Build &build, const Listener &listener);

// `source` is of the model that `optimised` was made of, one graph a size.
Result<CompileStatistics> compileOptimised(std::span<const Graph> optimised, const ModelSource &source,
                                           const Build &build, const ScheduleSources &schedules,
                                           const CompileOutput &output, const Listener &listener);

// The last two steps for a model that is to be run: a shared library at that path.
Result<CompileStatistics> buildLibrary(const WrittenModel &model, const Build &build,
                                       const ScheduleSources &schedules, const std::filesystem::path &library,
                                       const Listener &listener);

struct Compiled {
  std::optional<Product> product;              // none: the output is the graph, as text or as a drawing
  std::optional<CompileStatistics> statistics; // of a product
};

// Everything that `ninc MODEL -o OUT` does. Nothing is written unless all outputs may be
// (driver/OutputFiles.h).
Result<Compiled> compileFile(const Request &request, const Outputs &outputs, const Listener &listener);

} // namespace ninc

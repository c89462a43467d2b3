#include "driver/CompileModel.h"

#include <fmt/format.h>

#include "codegen/Compile.h"
#include "driver/Adapt.h"
#include "driver/CompileWithFallback.h"
#include "ir/ModelName.h"

namespace ninc {

namespace {

// Why kernels are computed as they are.
void tellReasons(const std::vector<ScheduleReason> &reasons, const Graph &optimised,
                 const ModelSource &source, const Listener &listener) {
  Diagnostics remarks;
  for (const ScheduleReason &reason : reasons)
    remarks.remark("schedule", optimised.where(optimised.find(reason.kernel).node),
                   fmt::format("'{}' is computed {}by {}", reason.kernel,
                               reason.target.empty() ? "" : fmt::format("on {} ", reason.target),
                               reason.text));
  listener.ofModel(remarks, source);
}

// What a rule for make has on its right: files, which change. A device's time means nothing, and a file that
// isn't there would be one that nobody can make. The user's own database counts like one that is named, where
// schedules were chosen.
std::vector<InputFile> filesRead(std::vector<InputFile> inputs, const Build *build) {
  if (build && build->records.count && build->records.database.empty())
    inputs.push_back({"the tuned schedules", usualDatabase()});
  std::erase_if(inputs, [](const InputFile &input) {
    std::error_code error;
    return !std::filesystem::is_regular_file(input.path, error);
  });
  return inputs;
}

} // namespace

Result<WrittenModel> readModel(const std::filesystem::path &file, const ImportOptions &options,
                               const Listener &listener) {
  Diagnostics diagnostics;
  ModelSource source;
  std::optional<ImportedModel> model = loadModel(file, options, source, diagnostics);
  listener.ofModel(diagnostics, source);
  if (!model) return tl::unexpected(Error{ErrorKind::badInput, ""});
  return WrittenModel{std::move(model->graph), std::move(source), model->batch, std::move(model->origin)};
}

Result<WrittenModel> readModel(const Request &request, WeightLoading weights, const Listener &listener) {
  Result<std::vector<ImportOptions>> sizes = importOptions(request, weights);
  if (!sizes) return tl::unexpected(sizes.error());
  if (!request.prefix.empty())
    if (Result<void> fits = checkModelName(request.prefix); !fits)
      return tl::unexpected(Error{ErrorKind::usage, "--prefix: " + fits.error().message});
  Result<WrittenModel> model = readModel(request.model, sizes->front(), listener);
  for (std::size_t i = 1; model && i < sizes->size(); ++i) {
    Diagnostics diagnostics;
    ModelSource source;
    std::optional<ImportedModel> further = loadModel(request.model, (*sizes)[i], source, diagnostics);
    if (!further) {
      listener.note(fmt::format("at size {} of --shape:", i + 1));
      listener.ofModel(diagnostics, source);
      return tl::unexpected(Error{ErrorKind::badInput, ""});
    }
    model->furtherSizes.push_back(std::move(further->graph));
  }
  if (!model) return model;
  if (auto adapted = adapt(model->graph, request); !adapted) return tl::unexpected(adapted.error());
  // What the library does itself nobody does before.
  std::erase_if(model->origin.preparation, [&](const Preparation &preparation) {
    const Value input = model->graph.find(preparation.input);
    return input && isAsApplicationsHave(model->graph.type(input));
  });
  for (Graph &further : model->furtherSizes)
    if (auto adapted = adapt(further, request); !adapted) return tl::unexpected(adapted.error());
  if (!request.prefix.empty()) {
    model->graph.setName(request.prefix);
    for (Graph &further : model->furtherSizes)
      further.setName(request.prefix);
  }
  return model;
}

namespace {

Result<Graph> optimised(const Graph &written, PassContext &context, const PipelineOptions &options,
                        std::vector<PassTiming> &timings) {
  Graph graph = written.clone();
  if (Result<void> done = runPipeline(graph, context, options, &timings); !done)
    return tl::unexpected(done.error());
  return graph;
}

} // namespace

Result<Graph> optimise(const WrittenModel &model, const Listener &listener) {
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  std::vector<PassTiming> timings;
  Result<Graph> graph = optimised(model.graph, context, {.afterPass = listener.afterPass}, timings);
  listener.ofModel(diagnostics, model.source);
  if (graph) listener.afterPasses(timings);
  return graph;
}

Result<std::vector<Graph>> optimiseSizes(const WrittenModel &model, const Listener &listener) {
  std::vector<Graph> graphs;
  Result<Graph> first = optimise(model, listener);
  if (!first) return tl::unexpected(first.error());
  graphs.push_back(std::move(*first));
  for (const Graph &written : model.furtherSizes) {
    Diagnostics unheard;
    PassContext context{unheard};
    std::vector<PassTiming> timings;
    Result<Graph> graph = optimised(written, context, {}, timings);
    if (!graph) return tl::unexpected(graph.error());
    graphs.push_back(std::move(*graph));
  }
  return graphs;
}

Result<ScheduleSources> openSchedules(const Build &build, const Listener &listener) {
  Diagnostics diagnostics;
  Result<ScheduleSources> sources = openSchedules(build, diagnostics);
  listener.ofRest(diagnostics);
  return sources;
}

Result<CompileStatistics> compileOptimised(std::span<const Graph> optimised, const ModelSource &source,
                                           const Build &build, const ScheduleSources &schedules,
                                           const CompileOutput &output, const Listener &listener) {
  CompileOptions options = compileOptions(build);
  Result<ScheduleFile> lines =
      parseScheduleFile(schedules.text, schedules.file, optimised.front(), build.targets);
  if (!lines) return tl::unexpected(lines.error());
  const auto compileOnce = [&](const CompileOptions &with) { return compile(optimised, output, with); };
  Diagnostics diagnostics;
  Result<CompileReport> report =
      compileWithFallback(compileOnce, std::move(options), *lines, schedules.tuned, diagnostics);
  listener.ofRest(diagnostics);
  if (!report) return tl::unexpected(report.error());
  tellReasons(report->reasons, optimised.front(), source, listener);
  Diagnostics unused;
  if (const std::string text = schedules.tuned->unusedRemark(); !text.empty())
    unused.remark("tuning", {}, text);
  listener.ofRest(unused);
  return report->statistics;
}

Result<CompileStatistics> buildLibrary(const WrittenModel &model, const Build &build,
                                       const ScheduleSources &schedules, const std::filesystem::path &library,
                                       const Listener &listener) {
  Result<std::vector<Graph>> optimised = optimiseSizes(model, listener);
  if (!optimised) return tl::unexpected(optimised.error());
  return compileOptimised(*optimised, model.source, build, schedules, {Product::sharedLibrary, library, {}},
                          listener);
}

Result<Compiled> compileFile(const Request &request, const Outputs &outputs, const Listener &listener) {
  Result<OutputForm> form = formOf(outputs);
  if (!form) return tl::unexpected(form.error());
  Result<Build> build = resolve(request);
  if (!build) return tl::unexpected(build.error());
  if (form->product)
    if (auto can = checkCanBeMade(*form->product, *build); !can) return tl::unexpected(can.error());

  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  build->batch = model->batch;
  const std::vector<InputFile> inputs = inputsOf(request, &model->graph, model->origin.files);
  if (auto fit = checkOutputs(filesOf(outputs, *form), inputs); !fit) return tl::unexpected(fit.error());

  Result<std::vector<Graph>> optimised = optimiseSizes(*model, listener);
  if (!optimised) return tl::unexpected(optimised.error());
  Compiled compiled{form->product, {}};
  if (!form->product) {
    if (auto written = writeGraph(optimised->front(), form->kind, outputs.output); !written)
      return tl::unexpected(written.error());
  } else {
    Result<std::filesystem::path> temporaries = temporariesOf(outputs, optimised->front(), inputs);
    if (!temporaries) return tl::unexpected(temporaries.error());
    Result<ScheduleSources> schedules = openSchedules(*build, listener);
    if (!schedules) return tl::unexpected(schedules.error());
    Result<CompileStatistics> statistics = compileOptimised(
        *optimised, model->source, *build, *schedules,
        {*form->product, outputs.output, std::move(*temporaries), outputs.externalWeights}, listener);
    if (!statistics) return tl::unexpected(statistics.error());
    compiled.statistics = std::move(*statistics);
  }
  if (auto written = writeRuleForMake(outputs, filesRead(inputs, form->product ? &*build : nullptr));
      !written)
    return tl::unexpected(written.error());
  return compiled;
}

} // namespace ninc

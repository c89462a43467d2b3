#include "driver/CompileModel.h"

#include <fmt/format.h>

#include "codegen/Compile.h"
#include "driver/CompileWithFallback.h"

namespace ninc {

namespace {

// Why kernels are computed as they are.
void tellReasons(const std::vector<ScheduleReason> &reasons, const Graph &optimised,
                 const ModelSource &source, const Listener &listener) {
  Diagnostics remarks;
  for (const ScheduleReason &reason : reasons)
    remarks.remark("schedule", optimised.where(optimised.find(reason.kernel).node),
                   fmt::format("'{}' is computed {}by {}", reason.kernel,
                               reason.device.empty() ? "" : fmt::format("on {} ", reason.device),
                               reason.text));
  listener.ofModel(remarks, source);
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
  Result<ImportOptions> options = importOptions(request, weights);
  if (!options) return tl::unexpected(options.error());
  return readModel(request.model, *options, listener);
}

Result<Graph> optimise(const WrittenModel &model, const Listener &listener) {
  Graph optimised = model.graph.clone();
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  std::vector<PassTiming> timings;
  Result<void> done = runPipeline(optimised, context, {.afterPass = listener.afterPass}, &timings);
  listener.ofModel(diagnostics, model.source);
  if (!done) return tl::unexpected(done.error());
  listener.afterPasses(timings);
  return optimised;
}

Result<ScheduleSources> openSchedules(const Build &build, const Listener &listener) {
  Diagnostics diagnostics;
  Result<ScheduleSources> sources = openSchedules(build, diagnostics);
  listener.ofRest(diagnostics);
  return sources;
}

Result<CompileStatistics> compileOptimised(const Graph &optimised, const ModelSource &source,
                                           const Build &build, const ScheduleSources &schedules,
                                           const CompileOutput &output, const Listener &listener) {
  CompileOptions options = compileOptions(build);
  Result<ScheduleFile> lines = parseScheduleFile(schedules.text, schedules.file, optimised, options.devices);
  if (!lines) return tl::unexpected(lines.error());
  const auto compileOnce = [&](const CompileOptions &with) { return compile(optimised, output, with); };
  Diagnostics diagnostics;
  Result<CompileReport> report =
      compileWithFallback(compileOnce, std::move(options), *lines, schedules.tuned, diagnostics);
  listener.ofRest(diagnostics);
  if (!report) return tl::unexpected(report.error());
  tellReasons(report->reasons, optimised, source, listener);
  Diagnostics unused;
  if (const std::string text = schedules.tuned->unusedRemark(); !text.empty())
    unused.remark("tuning", {}, text);
  listener.ofRest(unused);
  return report->statistics;
}

Result<CompileStatistics> buildLibrary(const WrittenModel &model, const Build &build,
                                       const ScheduleSources &schedules, const std::filesystem::path &library,
                                       const Listener &listener) {
  Result<Graph> optimised = optimise(model, listener);
  if (!optimised) return tl::unexpected(optimised.error());
  return compileOptimised(*optimised, model.source, build, schedules, {Product::sharedLibrary, library, {}},
                          listener);
}

Result<Compiled> compileFile(const Request &request, const Outputs &outputs, const Listener &listener) {
  Result<OutputForm> form = formOf(outputs);
  if (!form) return tl::unexpected(form.error());
  Result<Build> build = resolve(request);
  if (!build) return tl::unexpected(build.error());

  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  build->batch = model->batch;
  const std::vector<InputFile> inputs = inputsOf(request, &model->graph);
  if (auto fit = checkOutputs(filesOf(outputs, *form), inputs); !fit) return tl::unexpected(fit.error());

  Result<Graph> optimised = optimise(*model, listener);
  if (!optimised) return tl::unexpected(optimised.error());
  Compiled compiled{form->product, {}};
  if (!form->product) {
    if (auto written = writeGraph(*optimised, form->kind, outputs.output); !written)
      return tl::unexpected(written.error());
  } else {
    Result<std::filesystem::path> temporaries = temporariesOf(outputs, *optimised, inputs);
    if (!temporaries) return tl::unexpected(temporaries.error());
    Result<ScheduleSources> schedules = openSchedules(*build, listener);
    if (!schedules) return tl::unexpected(schedules.error());
    Result<CompileStatistics> statistics =
        compileOptimised(*optimised, model->source, *build, *schedules,
                         {*form->product, outputs.output, std::move(*temporaries)}, listener);
    if (!statistics) return tl::unexpected(statistics.error());
    compiled.statistics = std::move(*statistics);
  }
  if (auto written = writeRuleForMake(outputs, inputs); !written) return tl::unexpected(written.error());
  return compiled;
}

} // namespace ninc

// ninc tune MODEL...

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>

#include "driver/OutputFiles.h"
#include "driver/TuneDatabase.h"
#include "driver/TuneModels.h"
#include "support/Files.h"
#include "support/StandardStreams.h"
#include "tools/Commands.h"
#include "tools/DatabaseCommands.h"
#include "tools/DeviceOption.h"
#include "tools/Interrupts.h"
#include "tools/Report.h"
#include "tools/TuneOptions.h"
#include "tools/TuneProgress.h"
#include "tools/TuneSummary.h"
#include "tuner/report/HtmlReport.h"

namespace ninc {

namespace {

// What a bundle has of each kernel, unless another number is asked for.
constexpr std::size_t candidatesInBundle = 24;

TuningHooks hooksFor(TuneProgress &progress) {
  TuningHooks hooks;
  hooks.progress = [&](const TuningProgress &now) { progress.update(now); };
  hooks.note = [&](const std::string &line) { progress.note(line); };
  hooks.shouldStop = [] { return interruptCount() > 0; };
  hooks.shouldHurry = [] { return interruptCount() > 1; };
  return hooks;
}

// What a tuning writes takes nobody's file.
Result<void> checkFiles(const TuneOptions &options, const std::filesystem::path &database,
                        const std::vector<JudgedModel> &models) {
  std::vector<OutputFile> outputs{{"the database", database, OutputKind::database}};
  if (!options.report.empty()) outputs.push_back({"the report", options.report, OutputKind::report});
  std::vector<InputFile> inputs;
  for (std::size_t i = 0; i < models.size(); ++i) {
    Request request;
    request.model = options.models[i];
    request.weightFile = options.build.request.weightFile;
    std::ranges::move(inputsOf(request, &models[i].written), std::back_inserter(inputs));
  }
  return checkOutputs(outputs, inputs);
}

// The table first: it has no path that could be wrong.
Result<void> publish(const TuningSummary &summary, const TuneOptions &options) {
  if (options.json)
    answer("{}\n", toJson(summary).dump(2));
  else
    printSummary(summary);
  return options.report.empty() ? Result<void>() : writeAtomically(options.report, htmlReport(summary));
}

Result<void> bundle(const TuneOptions &options, const PreparedTuning &prepared) {
  TuneProgress progress = TuneProgress::on(stderr);
  catchInterrupts();
  Result<BundleStatistics> written = bundleKernels(prepared, options.candidates.value_or(candidatesInBundle),
                                                   options.bundle, hooksFor(progress));
  progress.finish();
  if (!written) return tl::unexpected(written.error());
  if (written->uncompilable > 0)
    answer("{} candidates couldn't be compiled and were left out\n", written->uncompilable);
  answer("{}: {} candidates of {} kernels for {}, {:.1f} MB\n"
         "run {}/run.sh there, bring results.jsonl back, then: ninc tune --merge results.jsonl\n",
         options.bundle, written->candidates, written->kernels, toString(prepared.cpu()),
         static_cast<double>(written->bytes) * 1e-6, options.bundle);
  return {};
}

// The database to write to, opened before the work.
Result<std::filesystem::path> databaseFor(const TuneOptions &options,
                                          const std::vector<JudgedModel> &models) {
  const std::string &named = options.build.request.database;
  Result<std::filesystem::path> database = databaseCalled(named);
  if (!database) return database;
  if (named.empty()) makeUsualFolder();
  if (auto fit = checkFiles(options, *database, models); !fit) return tl::unexpected(fit.error());
  Diagnostics diagnostics;
  Result<void> opened = openForTuning(*database, diagnostics);
  printDiagnostics(diagnostics);
  if (!opened) return tl::unexpected(opened.error());
  return database;
}

Result<void> tune(const TuneOptions &options) {
  Result<Shard> shard = parseShard(options.shard);
  if (!shard) return tl::unexpected(shard.error());
  Result<std::optional<double>> seconds = searchSeconds(options);
  if (!seconds) return tl::unexpected(seconds.error());
  const Listener listener = printingListener(options.build.remarks);
  Result<PreparedTuning> prepared =
      prepareTuning({options.build.request, options.models, *shard, !options.bundle.empty()}, listener);
  if (!prepared) return tl::unexpected(prepared.error());
  if (!options.bundle.empty()) return bundle(options, *prepared);
  if (const auto doubt = doubtAboutTimes(prepared->build.place)) warn(*doubt);

  Result<std::filesystem::path> database = databaseFor(options, prepared->models);
  if (!database) return tl::unexpected(database.error());
  TuneProgress progress = TuneProgress::on(stderr);
  catchInterrupts();
  Result<Tuned> tuned =
      tuneModels(*prepared, *database, *seconds, options.candidates, hooksFor(progress), listener);
  if (!tuned) return tl::unexpected(tuned.error());
  progress.finish();
  Result<void> published = publish(tuned->summary, options);
  return tuned->recorded ? published : tuned->recorded;
}

Result<void> tuneOrManage(const TuneOptions &options) {
  if (auto fit = checkTuneOptions(options); !fit) return fit;
  if (!options.models.empty()) return tune(options);
  const std::string &named = options.build.request.database;
  Result<std::filesystem::path> database = databaseCalled(named);
  if (!database) return tl::unexpected(database.error());
  if (options.list) return listDatabase(*database, options.json);
  if (options.prune) return pruneFile(*database);
  if (named.empty()) makeUsualFolder();
  return mergeFiles(*database, options.merge);
}

} // namespace

void addTune(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<TuneOptions>();
  CLI::App *command =
      app.add_subcommand("tune", "measure schedules on this CPU, or on a device in it, and keep the best");
  addTuneOptions(*command, *options);
  command->callback([&chosen, options, command] {
    chosen = [options, command] {
      Result<void> fit = checkDeviceOptions(*command, options->build.request.device);
      return exitCode(fit ? tuneOrManage(*options) : fit);
    };
  });
}

} // namespace ninc

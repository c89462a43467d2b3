// ninc tune MODEL...

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/plan/ModelPlan.h"
#include "support/Files.h"
#include "support/PrivateFolder.h"
#include "support/StandardStreams.h"
#include "support/Stopwatch.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
#include "tools/Duration.h"
#include "tools/NumberOptions.h"
#include "tools/OutputFiles.h"
#include "tools/Schedules.h"
#include "tools/TuneDatabase.h"
#include "tools/TuneProgress.h"
#include "tools/TuneSummary.h"
#include "tuner/bundle/Bundle.h"
#include "tuner/machine/Machine.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/report/HtmlReport.h"
#include "tuner/session/Judgement.h"
#include "tuner/session/Tuner.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  std::vector<std::string> models;
  std::string budget, shard, report, bundle;
  std::vector<std::string> merge;
  bool list = false, prune = false, json = false;
  std::optional<std::size_t> candidates; // of each kernel
};

// What a bundle has of each kernel, unless another number is asked for.
constexpr std::size_t candidatesInBundle = 24;

// Of the budget; the rest is for the whole models.
constexpr double searchShare = 0.95;

// Ctrl-C, as often as it was pressed: once ends the search, twice its last comparisons; the fourth ends ninc.
volatile std::sig_atomic_t interrupts = 0;

void countInterrupt(int signal) {
  interrupts = interrupts + 1;
  if (interrupts > 2) std::signal(signal, SIG_DFL); // and the next one ends it all
}

void catchInterrupts() {
  struct sigaction action {};
  action.sa_handler = countInterrupt;
  action.sa_flags = SA_RESTART;
  for (int signal : {SIGINT, SIGTERM})
    sigaction(signal, &action, nullptr);
}

// The machine to tune for. Of `compiling` is left what its kernels are compiled for.
Result<Machine> machineFor(const BuildRequest &build, CompileOptions &compiling) {
  const DeviceChoice choice = build.device;
  std::erase_if(compiling.devices,
                [&](const GpuTarget &device) { return deviceOf(device.api).kind != choice.kind; });
  if (choice.isCpu()) return thisCpu(build.threads);
  compiling.withoutCpu = true;
  Result<Machine> machine = machineWith({compiling.devices.front(), choice});
  if (machine) return machine;
  return fail(
      fmt::format("nothing can be measured on --device {}: {}", toString(choice), machine.error().message));
}

struct Shard {
  std::size_t index = 0, count = 1;
};

// "2/8": the kernels 2, 10, 18, ... counted from 0.
Result<Shard> parseShard(const std::string &text) {
  if (text.empty()) return Shard{};
  Shard shard;
  char after = 0;
  if (std::sscanf(text.c_str(), "%zu/%zu%c", &shard.index, &shard.count, &after) == 2 && shard.count > 0 &&
      shard.index < shard.count && text.find('-') == std::string::npos)
    return shard;
  return tl::unexpected(
      Error{ErrorKind::usage, fmt::format("--shard: '{}' isn't I/N with 0 <= I < N", text)});
}

Result<std::filesystem::path> databaseOf(const Options &options) {
  if (!options.build.database.empty()) return options.build.database;
  if (const std::filesystem::path usual = usualDatabase(); !usual.empty()) return usual;
  return fail("there is no home folder to keep a database in; name one with --db");
}

// The usual database's folder, where it isn't there yet, for this user alone: others could hold its lock.
void makeUsualFolder() {
  const std::filesystem::path usual = usualDatabase();
  if (!usual.empty())
    static_cast<void>(PrivateFolder::open(usual.parent_path())); // errors show when it is used
}

Result<std::vector<JudgedModel>> loadModels(const Options &options) {
  std::vector<JudgedModel> models;
  for (const std::string &file : options.models) {
    ModelSource source;
    Result<Graph> written = loadReported(file, WeightLoading::bind, source);
    if (!written) return tl::unexpected(written.error());
    Result<Graph> optimised = optimise(*written, options.build, source);
    if (!optimised) return tl::unexpected(optimised.error());
    models.push_back({std::move(*written), std::move(*optimised)});
  }
  return models;
}

// The distinct kernels of all models in the order in which they are met, of these the shard's.
Result<std::vector<KernelToTune>> kernelsOf(const std::vector<JudgedModel> &models,
                                            const CompileOptions &compiling, const Machine &machine,
                                            const Shard &shard) {
  std::vector<KernelToTune> distinct;
  for (const JudgedModel &model : models) {
    Result<ModelPlan> plan = planModel(model.optimised, compiling.planOptions(machine.gpu()));
    if (!plan) return tl::unexpected(plan.error());
    for (const PlannedKernel &kernel : plan->kernels) {
      auto same = [&](const KernelToTune &other) { return other.spec == kernel.spec; };
      if (std::ranges::any_of(distinct, same)) continue;
      const std::string prefix = models.size() > 1 ? model.optimised.name() + "." : "";
      distinct.push_back({prefix + kernel.name, kernel.spec});
    }
  }
  std::vector<KernelToTune> own;
  for (std::size_t i = shard.index; i < distinct.size(); i += shard.count)
    own.push_back(std::move(distinct[i]));
  return own;
}

// What a tuning writes takes nobody's file.
Result<void> checkFiles(const Options &options, const std::filesystem::path &database,
                        const std::vector<JudgedModel> &models) {
  std::vector<OutputFile> outputs{{"the database", database, OutputKind::database}};
  if (!options.report.empty()) outputs.push_back({"the report", options.report, OutputKind::report});
  std::vector<InputFile> inputs;
  for (std::size_t i = 0; i < models.size(); ++i) {
    BuildRequest request;
    request.model = options.models[i];
    std::ranges::move(inputsOf(request, &models[i].written), std::back_inserter(inputs));
  }
  return checkOutputs(outputs, inputs);
}

TuningHooks hooksFor(TuneProgress &progress) {
  TuningHooks hooks;
  hooks.progress = [&](const TuningProgress &now) {
    progress.update({now.kernel, static_cast<int>(now.kernelNumber), static_cast<int>(now.kernelCount),
                     static_cast<int>(now.measured), static_cast<int>(now.known), now.bestSpeedup,
                     now.remainingSeconds, now.fraction, now.doing});
  };
  hooks.note = [&](const std::string &line) { progress.note(line); };
  hooks.shouldStop = [] { return interrupts > 0; };
  hooks.shouldHurry = [] { return interrupts > 1; };
  return hooks;
}

// Lets the models judge and records what they agree on. What goes wrong there costs the verdicts, not the
// summary.
Result<void> judgeModels(const std::vector<JudgedModel> &models, const std::vector<KernelToTune> &kernels,
                         const CompileOptions &compiling, const Machine &machine, const BuildRequest &build,
                         const TuningResult &found, const std::filesystem::path &database,
                         TuneProgress &progress, TuningSummary &summary) {
  const std::shared_ptr<TunedSchedules> earlier = tunedSchedules(build, compiling.target);
  if (machine.device) earlier->setDevice(machine.device->target.api, machine.name);
  Judgement judgement(models, compiling, machine, found.verdicts, earlier);
  Result<std::unique_ptr<JobRunner>> runner = runnerFor(machine);
  Result<void> judged = runner ? judgement.judge(**runner, measuringOn(machine), hooksFor(progress))
                               : tl::unexpected(runner.error());
  if (!judged) progress.note("no verdicts are recorded: " + judged.error().message);
  judgement.addTo(summary, kernels);
  return appendRecords(database, judgement.verdicts());
}

// The table first: it has no path that could be wrong.
Result<void> publish(const TuningSummary &summary, const Options &options) {
  if (options.json)
    answer("{}\n", toJson(summary).dump(2));
  else
    printSummary(summary);
  return options.report.empty() ? Result<void>() : writeAtomically(options.report, htmlReport(summary));
}

Result<void> bundle(const Options &options, const CompileOptions &compiling,
                    std::vector<KernelToTune> kernels, TuneProgress &progress) {
  BundleRequest request{std::move(kernels),  compiling.target,
                        compiling.exactness, options.build.threads,
                        compiling.jobs,      options.candidates.value_or(candidatesInBundle),
                        options.bundle};
  Result<BundleStatistics> written = writeBundle(request, hooksFor(progress));
  progress.finish();
  if (!written) return tl::unexpected(written.error());
  if (written->uncompilable > 0)
    answer("{} candidates couldn't be compiled and were left out\n", written->uncompilable);
  answer("{}: {} candidates of {} kernels for {}, {:.1f} MB\n"
         "run {}/run.sh there, bring results.jsonl back, then: ninc tune --merge results.jsonl\n",
         options.bundle, written->candidates, written->kernels, toString(compiling.target),
         static_cast<double>(written->bytes) * 1e-6, options.bundle);
  return {};
}

// A bundle measures nothing here, so what is about measuring can't be meant.
Result<void> checkBundleOptions(const Options &options) {
  if (options.bundle.empty()) return {};
  if (!options.build.device.isCpu())
    return tl::unexpected(Error{
        ErrorKind::usage, "a bundle's runner is for CPUs: tune for a device on the machine that has it"});
  const std::pair<const char *, bool> given[] = {{"--budget", !options.budget.empty()},
                                                 {"--report", !options.report.empty()},
                                                 {"--db", !options.build.database.empty()},
                                                 {"--json", options.json}};
  for (const auto &[name, isGiven] : given)
    if (isGiven)
      return tl::unexpected(
          Error{ErrorKind::usage, fmt::format("{} is for measuring here; --bundle doesn't", name)});
  return {};
}

// Records of this file that no tuning can use cost a line, not the tuning.
Result<void> openDatabase(const std::filesystem::path &database) {
  if (Result<void> writable = appendRecords(database, {}); !writable) return writable;
  Result<DatabaseContents> contents = readDatabase(database);
  if (!contents) return tl::unexpected(contents.error());
  warnOfBadLines(*contents);
  return {};
}

Result<void> tuneModels(const Options &options) {
  if (auto fit = checkBundleOptions(options); !fit) return fit;
  Result<Shard> shard = parseShard(options.shard);
  if (!shard) return tl::unexpected(shard.error());
  std::optional<double> budget;
  if (!options.budget.empty()) {
    Result<double> seconds = parseDuration(options.budget);
    if (!seconds) return tl::unexpected(Error{ErrorKind::usage, "--budget: " + seconds.error().message});
    budget = searchShare * *seconds;
  }
  Result<CompileOptions> compiling = compileOptions(options.build);
  if (!compiling) return tl::unexpected(compiling.error());
  if (options.bundle.empty() && !runsHere(compiling->target))
    return fail(fmt::format("code for {} can't run on this machine; --bundle DIR makes a folder to run there",
                            compiling->target.name));
  Result<Machine> machine = machineFor(options.build, *compiling);
  if (!machine) return tl::unexpected(machine.error());
  Result<std::vector<JudgedModel>> models = loadModels(options);
  if (!models) return tl::unexpected(models.error());
  Result<std::vector<KernelToTune>> kernels = kernelsOf(*models, *compiling, *machine, *shard);
  if (!kernels) return tl::unexpected(kernels.error());
  if (options.bundle.empty()) warnOfSharedCpus(options.build);
  TuneProgress progress = TuneProgress::on(stderr);
  if (!options.bundle.empty()) {
    catchInterrupts();
    return bundle(options, *compiling, std::move(*kernels), progress);
  }

  Result<std::filesystem::path> database = databaseOf(options);
  if (!database) return tl::unexpected(database.error());
  if (options.build.database.empty()) makeUsualFolder();
  if (auto fit = checkFiles(options, *database, *models); !fit) return fit;
  if (auto opened = openDatabase(*database); !opened) return opened;
  catchInterrupts();
  const Stopwatch watch;
  TuningSummary summary;
  summary.machine = machine->name;
  summary.target = machine->device ? toString(machine->device->target) : toString(compiling->target);
  summary.threads = machine->device ? 0 : machine->threads;
  const TuningRequest request{*kernels,           compiling->target, compiling->exactness,
                              *machine,           compiling->jobs,   budget,
                              options.candidates, *database};
  Result<TuningResult> found = searchKernels(request, hooksFor(progress));
  if (!found) return tl::unexpected(found.error());
  summary.kernels = found->kernels;
  summary.finished = found->finished;
  BuildRequest build = options.build;
  build.database = database->string();
  Result<void> recorded =
      judgeModels(*models, *kernels, *compiling, *machine, build, *found, *database, progress, summary);
  progress.finish();
  summary.elapsedSeconds = watch.seconds();
  Result<void> published = publish(summary, options);
  return recorded ? published : recorded;
}

Result<void> tuneOrManage(const Options &options) {
  const int others = (options.list ? 1 : 0) + (options.prune ? 1 : 0) + (options.merge.empty() ? 0 : 1);
  if (others + (options.models.empty() ? 0 : 1) != 1)
    return tl::unexpected(
        Error{ErrorKind::usage, "give models to tune, or one of --list, --merge FILE... and --prune"});
  if (!options.models.empty()) return tuneModels(options);
  if (!options.budget.empty() || !options.report.empty() || !options.bundle.empty() ||
      !options.shard.empty() || options.candidates || !options.build.device.isCpu())
    return tl::unexpected(Error{ErrorKind::usage, "there is nothing to tune: no model is given"});
  Result<std::filesystem::path> database = databaseOf(options);
  if (!database) return tl::unexpected(database.error());
  if (options.list) return listDatabase(*database, options.json);
  if (options.prune) return prune(*database);
  if (options.build.database.empty()) makeUsualFolder();
  return mergeInto(*database, options.merge);
}

} // namespace

void addTune(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *tune =
      app.add_subcommand("tune", "measure schedules on this CPU, or on a device in it, and keep the best");
  tune->add_option("MODEL", options->models, "models whose kernels to tune: .nin")->type_name("");
  tune->add_option("--budget", options->budget,
                   "how long: 90s, 5m, 1h30m (default: until nothing more helps)")
      ->type_name("TIME");
  tune->add_option("--threads", options->build.threads, "threads of the team that runs the model")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  addDeviceOption(*tune, options->build.device);
  tune->add_option("--db", options->build.database,
                   "the database (default: ninc/schedules.jsonl in $XDG_DATA_HOME or ~/.local/share)")
      ->type_name("FILE");
  tune->add_option("--report", options->report, "write a page with the search's curves")
      ->type_name("OUT.html");
  tune->add_option("--shard", options->shard, "only every N-th kernel, from the I-th on, counted from 0")
      ->type_name("I/N");
  tune->add_option("--bundle", options->bundle,
                   "write a folder to run on another machine, don't measure here")
      ->type_name("DIR");
  tune->add_option("--candidates", options->candidates,
                   "schedules of each kernel to try, however long it takes (default: as many as help; in a "
                   "bundle 24)")
      ->type_name("N")
      ->check(wholeNumber(1, 1000));
  tune->add_flag("--json", options->json, "the table for programs");
  tune->add_flag("--list", options->list, "what the database says, instead of tuning");
  tune->add_option("--merge", options->merge,
                   "add what these databases or bundles' results hold to the database")
      ->type_name("FILE");
  tune->add_flag("--prune", options->prune, "drop what nothing needs any more from the database");
  addTargetOptions(*tune, options->build);
  tune->footer("Examples:\n"
               "  ninc tune examples/nin_cifar10.nin --budget 5m      Ctrl-C keeps what was found\n"
               "  ninc tune a.nin b.nin --threads 2 --db cluster.jsonl --shard 0/8\n"
               "  ninc tune --merge task0.jsonl task1.jsonl --db cluster.jsonl\n"
               "  ninc tune model.nin --device opencl --budget 5m\n"
               "  ninc tune model.nin --bundle board --target cortex-a72\n"
               "Later compiles for this CPU or device use what was found (docs/tuning.md).");
  tune->callback([&chosen, options, tune] {
    chosen = [options, tune] {
      Result<void> fit = checkDeviceOptions(*tune, options->build.device);
      return exitCode(fit ? tuneOrManage(*options) : fit);
    };
  });
}

} // namespace ninc

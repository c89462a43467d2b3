#include "driver/TuneModels.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

#include "codegen/plan/ModelPlan.h"
#include "driver/CompileModel.h"
#include "support/Stopwatch.h"
#include "tuner/measure/Measuring.h"

namespace ninc {

namespace {

// The machine to tune for. Of `compiling` is left what its kernels are compiled for.
Result<Machine> machineFor(const Build &build, CompileOptions &compiling) {
  const DeviceChoice choice = build.place.device;
  std::erase_if(compiling.devices, [&](const GpuTarget &device) { return device.kind != choice.kind; });
  if (choice.isCpu()) return thisCpu(build.place.threads);
  compiling.targets.clear();
  Result<Machine> machine =
      machineWith({compiling.devices.front(), choice}, build.place.devices->ofKind(choice.kind));
  if (machine) return machine;
  return fail(
      fmt::format("nothing can be measured on --device {}: {}", toString(choice), machine.error().message));
}

// Of one batch, which a tuning's is then.
Result<std::vector<JudgedModel>> readModels(const TuneRequest &request, const Listener &listener,
                                            std::int64_t &batch) {
  std::vector<JudgedModel> models;
  for (const std::string &file : request.models) {
    Request one = request.request;
    one.model = file;
    Result<WrittenModel> written = readModel(one, WeightLoading::bind, listener);
    if (!written) return tl::unexpected(written.error());
    if (!models.empty() && written->batch != batch)
      return fail(fmt::format("'{}' takes {} images a run and '{}' {}; --batch N says how many for all",
                              request.models.front(), batch, file, written->batch));
    batch = written->batch;
    Result<Graph> optimised = optimise(*written, listener);
    if (!optimised) return tl::unexpected(optimised.error());
    models.push_back({std::move(written->graph), std::move(*optimised)});
  }
  return models;
}

// What is found is for one machine; and models are judged at one size.
Result<void> checkOneOfEach(const Build &build, const Request &request) {
  if (build.targets.cpus.size() > 1)
    return tl::unexpected(
        Error{ErrorKind::usage, "a tuning is for one CPU: give --target one, and each its own tuning"});
  Result<std::vector<ImportOptions>> sizes = importOptions(request);
  if (!sizes) return tl::unexpected(sizes.error());
  if (sizes->size() > 1)
    return tl::unexpected(
        Error{ErrorKind::usage, "a tuning is for one size: give --shape one, and each its own tuning"});
  return {};
}

Result<std::vector<KernelToTune>> kernelsOf(const PreparedTuning &tuning, const Shard &shard) {
  std::vector<KernelToTune> distinct;
  for (const JudgedModel &model : tuning.models) {
    const std::string prefix = tuning.models.size() > 1 ? model.optimised.name() + "." : "";
    Result<std::vector<ModelPlan>> plans =
        planVersions(model.optimised, tuning.compiling.planOptions(tuning.machine.gpu()));
    if (!plans) return tl::unexpected(plans.error());
    for (const ModelPlan &plan : *plans)
      for (const PlannedKernel &kernel : plan.kernels) {
        auto same = [&](const KernelToTune &other) { return other.spec == kernel.spec; };
        if (std::ranges::any_of(distinct, same)) continue;
        distinct.push_back({prefix + kernel.name, kernel.spec});
      }
  }
  std::vector<KernelToTune> own;
  for (std::size_t i = shard.index; i < distinct.size(); i += shard.count)
    own.push_back(std::move(distinct[i]));
  return own;
}

// Lets the models judge and records what they agree on. What goes wrong there costs the verdicts, not the
// summary.
Result<void> judge(const PreparedTuning &tuning, const TuningResult &found,
                   const std::filesystem::path &database, const TuningHooks &hooks, const Listener &listener,
                   TuningSummary &summary) {
  const Machine &machine = tuning.machine;
  Build build = tuning.build;
  build.records.database = database;
  Diagnostics diagnostics;
  const std::shared_ptr<TunedSchedules> earlier = openRecords(build, diagnostics);
  listener.ofRest(diagnostics);
  Judgement judgement(tuning.models, tuning.compiling, machine, found.verdicts, earlier);
  Result<std::unique_ptr<JobRunner>> runner = runnerFor(machine);
  Result<void> judged =
      runner ? judgement.judge(**runner, measuringOn(machine), hooks) : tl::unexpected(runner.error());
  if (!judged) hooks.note("no verdicts are recorded: " + judged.error().message);
  judgement.addTo(summary, tuning.kernels);
  return appendRecords(database, judgement.verdicts());
}

} // namespace

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

Result<PreparedTuning> prepareTuning(const TuneRequest &request, const Listener &listener,
                                     std::shared_ptr<DevicesHere> devices) {
  Result<Build> build = resolve(request.request, std::move(devices));
  if (!build) return tl::unexpected(build.error());
  PreparedTuning tuning;
  tuning.build = std::move(*build);
  tuning.compiling = compileOptions(tuning.build);
  if (auto one = checkOneOfEach(tuning.build, request.request); !one) return tl::unexpected(one.error());
  if (!request.forBundle && !runsHere(tuning.cpu()))
    return fail(fmt::format("code for {} can't run on this machine; --bundle DIR makes a folder to run there",
                            tuning.cpu().name));
  Result<Machine> machine = machineFor(tuning.build, tuning.compiling);
  if (!machine) return tl::unexpected(machine.error());
  tuning.machine = std::move(*machine);
  Result<std::vector<JudgedModel>> models = readModels(request, listener, tuning.build.batch);
  if (!models) return tl::unexpected(models.error());
  tuning.compiling.batch = tuning.build.batch;
  tuning.models = std::move(*models);
  Result<std::vector<KernelToTune>> kernels = kernelsOf(tuning, request.shard);
  if (!kernels) return tl::unexpected(kernels.error());
  tuning.kernels = std::move(*kernels);
  return tuning;
}

Result<Tuned> tuneModels(const PreparedTuning &tuning, const std::filesystem::path &database,
                         std::optional<double> seconds, std::optional<std::size_t> candidates,
                         const TuningHooks &hooks, const Listener &listener) {
  const Stopwatch watch;
  const Machine &machine = tuning.machine;
  Tuned tuned;
  tuned.summary.machine = machine.name;
  tuned.summary.target = machine.device ? toString(machine.device->target) : toString(tuning.cpu());
  tuned.summary.threads = machine.device ? 0 : machine.threads;
  const TuningRequest request{
      tuning.kernels, tuning.cpu(), tuning.compiling.exactness, machine, tuning.compiling.jobs, seconds,
      candidates,     database};
  Result<TuningResult> found = searchKernels(request, hooks);
  if (!found) return tl::unexpected(found.error());
  tuned.summary.kernels = found->kernels;
  tuned.summary.finished = found->finished;
  tuned.recorded = judge(tuning, *found, database, hooks, listener, tuned.summary);
  tuned.summary.elapsedSeconds = watch.seconds();
  return tuned;
}

Result<BundleStatistics> bundleKernels(const PreparedTuning &tuning, std::size_t candidates,
                                       const std::filesystem::path &folder, const TuningHooks &hooks) {
  return writeBundle({tuning.kernels, tuning.cpu(), tuning.compiling.exactness, tuning.build.place.threads,
                      tuning.compiling.jobs, candidates, folder},
                     hooks);
}

} // namespace ninc

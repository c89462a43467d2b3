#include "tools/Build.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

#include "execution/ElfCheck.h"
#include "ir/Printer.h"
#include "ir/TypeRules.h"
#include "support/Files.h"
#include "support/Hash.h"
#include "support/StandardStreams.h"
#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"
#include "tools/Schedules.h"
#include "tools/Version.h"

namespace ninc {

namespace {

unsigned jobsOf(const BuildRequest &request) {
  return request.jobs > 0 ? request.jobs : std::max(1u, std::thread::hardware_concurrency());
}

// What tells this build of ninc from another one, when both have the same version number.
std::string ownIdentity() {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  auto written = std::filesystem::last_write_time(self, error);
  auto size = std::filesystem::file_size(self, error);
  return fmt::format("{} {} {}", versionText, size, error ? 0 : written.time_since_epoch().count());
}

std::uint64_t hashParameters(const Graph &graph, std::uint64_t hash) {
  for (Node node : graph.topologicalOrder()) {
    Op op = graph.op(node);
    std::vector<TensorType> types = graph.operandTypes(node);
    for (const ParameterSlot &slot : parameterSlots(op, types))
      if (const Parameter &tensor = *slot.parameter)
        hash = fnv1a(
            {reinterpret_cast<const char *>(tensor->data.data()), tensor->data.size() * sizeof(float)}, hash);
  }
  return hash;
}

Result<std::filesystem::path> cacheFolder() {
  std::filesystem::path base;
  if (const char *xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg)
    base = xdg;
  else if (const char *home = std::getenv("HOME"); home && *home)
    base = std::filesystem::path(home) / ".cache";
  else
    base = std::filesystem::temp_directory_path() / fmt::format("ninc-cache-{}", getuid());
  std::filesystem::path folder = base / "ninc";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(
        fmt::format("can't make the cache folder '{}': {}; set XDG_CACHE_HOME to a folder that can be "
                    "written, or compile with -o",
                    folder.string(), error.message()));
  return folder;
}

// Stores f16 on each device; an error where nothing can have it.
Result<void> storeHalves(std::vector<GpuTarget> &devices) {
  if (devices.empty())
    return tl::unexpected(Error{ErrorKind::usage, "--precision f16 is for devices; name one, as in --target "
                                                  "host+opencl or --device opencl"});
  for (GpuTarget &device : devices) {
    constexpr int firstWithHalves = 53;
    if (device.api == GpuApi::cuda && device.capability < firstWithHalves)
      return fail(fmt::format("{} has no f16", device.name));
    device.storage = ElementType::f16;
  }
  return {};
}

} // namespace

void addTargetOptions(CLI::App &app, BuildRequest &request) {
  app.add_option(
         "--target", request.target,
         "host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64, or a CPU's name; then any of +opencl, +cuda, "
         "+sm_50 ... +sm_86: code for a device beside it")
      ->type_name("T");
  app.add_option("--batch", request.batch, "images a run")->type_name("N")->check(wholeNumber(1, 1U << 20));
  app.add_option("-j,--jobs", request.jobs, "kernels compiled at once (default: one a core)")
      ->type_name("N")
      ->check(wholeNumber(1, 256));
  app.add_option("--precision", request.precision,
                 "how devices store weights and what lies between layers: f32 or f16; sums are f32")
      ->type_name("P")
      ->check(CLI::IsMember({"f32", "f16"}));
  app.add_flag("--exact", request.exact,
               "sums as they are written: no Winograd transforms (docs/numerics.md)");
}

void addBuildOptions(CLI::App &app, BuildRequest &request) {
  addTargetOptions(app, request);
  app.add_option("--schedule", request.scheduleFile,
                 "compile kernels with these schedules: lines of NAME: SCHEDULE, as bench --json has them; "
                 "NAME@opencl: SCHEDULE is for a device's kernel")
      ->type_name("FILE");
  app.add_option("--db", request.database,
                 "schedules that `ninc tune` has found, from FILE instead of the usual database")
      ->type_name("FILE");
  app.add_flag("--no-db", request.withoutDatabase, "schedules by the cost model alone")->excludes("--db");
  app.add_option("--cpu", request.cpu,
                 "use what was tuned on this CPU, as `ninc tune --list` names it (default: this machine's)")
      ->type_name("CPU");
  app.add_flag("--remarks", request.remarks, "say what was fused, and why something was not");
}

std::vector<InputFile> inputsOf(const BuildRequest &request, const Graph *model) {
  const std::filesystem::path text = request.model;
  std::vector<InputFile> inputs{{isLibrary(request.model) ? "the library" : "the model", text}};
  if (model && model->weightSource.kind == WeightSource::Kind::file)
    inputs.push_back({"the model's weights", text.parent_path() / model->weightSource.path});
  if (!request.scheduleFile.empty()) inputs.push_back({"its schedules", request.scheduleFile});
  if (!request.database.empty()) inputs.push_back({"its tuned schedules", request.database});
  return inputs;
}

Result<Graph> loadReported(const std::string &file, WeightLoading weights, ModelSource &source,
                           RemarkPrinting remarks) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = loadModel(file, weights, source, diagnostics);
  printDiagnostics(diagnostics, source, remarks);
  if (!graph) return tl::unexpected(Error{ErrorKind::badInput, ""});
  return std::move(*graph);
}

Result<Graph> loadReported(const BuildRequest &request, WeightLoading weights, ModelSource &source) {
  return loadReported(request.model, weights, source,
                      request.remarks ? RemarkPrinting::yes : RemarkPrinting::no);
}

Result<Graph> optimise(const Graph &graph, const BuildRequest &request, const ModelSource &source,
                       const PipelineOptions &options, std::vector<PassTiming> *timings) {
  Graph optimised = graph.clone();
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  Result<void> done = runPipeline(optimised, context, options, timings);
  printDiagnostics(diagnostics, source, request.remarks ? RemarkPrinting::yes : RemarkPrinting::no);
  if (!done) return tl::unexpected(done.error());
  return optimised;
}

Result<CompileOptions> compileOptions(const BuildRequest &request) {
  Result<Targets> targets = targetsOf(request);
  if (!targets) return tl::unexpected(targets.error());
  CompileOptions options;
  options.target = targets->cpu;
  options.devices = std::move(targets->devices);
  options.batch = request.batch;
  options.jobs = jobsOf(request);
  options.arithmetic = request.exact ? Arithmetic::exact : Arithmetic::fast;
  return options;
}

void printReasons(const std::vector<ScheduleReason> &reasons, const BuildRequest &request,
                  const Graph &optimised, const ModelSource &source) {
  if (!request.remarks) return;
  Diagnostics remarks;
  for (const ScheduleReason &reason : reasons)
    remarks.remark("schedule", optimised.where(optimised.find(reason.kernel).node),
                   fmt::format("'{}' is computed {}by {}", reason.kernel,
                               reason.device.empty() ? "" : fmt::format("on {} ", reason.device),
                               reason.text));
  printDiagnostics(remarks, source, RemarkPrinting::yes);
}

Result<CompileStatistics> buildLibrary(const Graph &graph, const BuildRequest &request,
                                       const ModelSource &source, const std::filesystem::path &library,
                                       std::shared_ptr<TunedSchedules> tuned) {
  Result<CompileOptions> options = compileOptions(request);
  if (!options) return tl::unexpected(options.error());
  Result<Graph> optimised = optimise(graph, request, source);
  if (!optimised) return tl::unexpected(optimised.error());
  return compileReported(*optimised, Product::sharedLibrary, library, std::move(*options), request, source,
                         std::move(tuned));
}

Result<std::filesystem::path> cachedLibrary(const Graph &graph, const BuildRequest &request,
                                            const ModelSource &source) {
  Result<Targets> targets = targetHere(request);
  if (!targets) return tl::unexpected(targets.error());
  Result<std::filesystem::path> folder = cacheFolder();
  if (!folder) return folder;
  std::string schedules;
  if (!request.scheduleFile.empty()) {
    Result<std::string> text = readFile(request.scheduleFile);
    if (!text) return tl::unexpected(text.error());
    schedules = *text;
  }
  const std::shared_ptr<TunedSchedules> tuned = tunedSchedules(request, targets->cpu);
  std::string key =
      fmt::format("{}\n{}\n{} batch {}{}\n{}\n{}", ownIdentity(), print(graph), toString(*targets),
                  request.batch, request.exact ? " exact" : "", schedules, tuned->fingerprint());
  std::uint64_t hash = hashParameters(graph, fnv1a(key));
  std::filesystem::path library = *folder / fmt::format("{}-{:016x}.so", graph.name(), hash);
  if (checkSharedLibrary(library)) return library; // what a full disk or a crash damaged is made anew
  say("ninc: compiling {} into the cache\n", source.file);
  if (auto built = buildLibrary(graph, request, source, library, tuned); !built)
    return tl::unexpected(built.error());
  return library;
}

Result<Targets> targetsOf(const BuildRequest &request) {
  Result<Targets> targets = parseTargets(request.target);
  if (!targets) return targets;
  targets = withDevice(std::move(*targets), request.device);
  if (!targets || request.precision == "f32") return targets;
  if (auto stored = storeHalves(targets->devices); !stored) return tl::unexpected(stored.error());
  return targets;
}

Result<Targets> targetHere(const BuildRequest &request) {
  Result<Targets> targets = targetsOf(request);
  if (!targets || runsHere(targets->cpu)) return targets;
  return fail(
      fmt::format("code for {} can't run on this machine; compile it with -o and take it to one where it can",
                  targets->cpu.name));
}

Result<void> checkNothingToBuild(const CLI::App &command, const std::string &library) {
  for (const char *option : {"--target", "--batch", "--jobs", "--precision", "--remarks", "--exact",
                             "--schedule", "--db", "--no-db", "--cpu"})
    if (command.count(option) > 0)
      return tl::unexpected(
          Error{ErrorKind::usage,
                fmt::format("{} is for compiling, but '{}' is compiled already", option, library)});
  return {};
}

std::string placeOf(const BuildRequest &request) {
  if (!request.device.isCpu())
    return fmt::format("{} ({})", toString(request.device), driversNameOf(request.device));
  return fmt::format("{} thread{}", request.threads, request.threads == 1 ? "" : "s");
}

void warnOfSharedCpus(const BuildRequest &request) {
  const auto cpus = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (request.device.isCpu() && request.threads > cpus)
    say("ninc: warning: {} threads share {} CPU{}, so the times say nothing of a machine with more\n",
        request.threads, cpus, cpus == 1 ? "" : "s");
}

std::string targetOf(const LoadedModel &library) {
  return std::string(library.target()) + (library.storage() == ElementType::f16 ? " f16" : "");
}

bool isLibrary(const std::string &file) {
  return std::filesystem::path(file).extension() == ".so";
}

} // namespace ninc

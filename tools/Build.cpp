#include "tools/Build.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <sched.h>
#include <thread>

#include "codegen/Checksum.h"
#include "ir/Printer.h"
#include "ir/ops/Parameters.h"
#include "support/Files.h"
#include "support/StandardStreams.h"
#include "support/TemporaryFiles.h"
#include "tools/BuildId.h"
#include "tools/DeviceOption.h"
#include "tools/LibraryCache.h"
#include "tools/NumberOptions.h"
#include "tools/Schedules.h"
#include "tools/Version.h"

namespace ninc {

namespace {

unsigned jobsOf(const BuildRequest &request) {
  return request.jobs > 0 ? request.jobs : std::max(1u, std::thread::hardware_concurrency());
}

// Of all weights.
std::string parametersChecksum(const Graph &graph) {
  std::string checksums;
  for (Node node : graph.topologicalOrder()) {
    Op op = graph.op(node);
    std::vector<TensorType> types = graph.operandTypes(node);
    for (const ParameterSlot &slot : parameterSlots(op, types))
      if (const Parameter &tensor = *slot.parameter)
        checksums += checksum(
            {reinterpret_cast<const char *>(tensor->data.data()), tensor->data.size() * sizeof(float)});
  }
  return checksum(checksums);
}

// All that a library depends on: the model, its weights, what it is compiled for and how, and by which ninc.
Result<std::string> cacheKey(const Graph &graph, const BuildRequest &request, const Targets &targets,
                             const TunedSchedules &tuned) {
  std::string schedules;
  if (!request.scheduleFile.empty()) {
    Result<std::string> text = readFile(request.scheduleFile);
    if (!text) return text;
    schedules = *text;
  }
  return fmt::format("{} {}\n{}\n{}\n{} batch {}{}\n{}\n{}", versionText, buildId(), print(graph),
                     parametersChecksum(graph), toString(targets), request.batch,
                     request.exact ? " exact" : "", schedules, tuned.fingerprint());
}

// Compiles into memory: what is kept of it is for the cache to say.
Result<CachedLibrary> libraryInMemory(const Graph &graph, const BuildRequest &request,
                                      const ModelSource &source, std::shared_ptr<TunedSchedules> tuned) {
  Result<MemoryFile> memory = MemoryFile::create(graph.name());
  if (!memory) return tl::unexpected(memory.error());
  std::filesystem::path path = memory->path();
  if (auto built = buildLibrary(graph, request, source, path, std::move(tuned)); !built)
    return tl::unexpected(built.error());
  return CachedLibrary{std::move(path), std::move(*memory)};
}

constexpr std::string_view cacheHint = "XDG_CACHE_HOME names another place for it, docs/cache.md says more";

// An error says why libraries can't be kept, or found again.
Result<LibraryCache> cacheFor(const BuildRequest &request) {
  if (buildId().empty())
    return fail("this ninc was linked without a build id, so its libraries can't be told from another one's");
  if (!request.scheduleFile.empty() && readsOnce(request.scheduleFile))
    return fail(fmt::format("'{}' can be read only once", request.scheduleFile));
  Result<LibraryCache> cache = LibraryCache::open();
  if (!cache) return fail(fmt::format("{}; {}", cache.error().message, cacheHint));
  return cache;
}

// Says so where it can't.
void keepInCache(const LibraryCache &cache, const std::string &model, const std::string &key,
                 const CachedLibrary &library) {
  Result<std::string> bytes = readFile(library.path);
  Result<void> kept = bytes ? cache.keep(model, key, *bytes) : tl::unexpected(bytes.error());
  if (!kept)
    say("ninc: the library isn't kept in the cache, and will be compiled again: {}; {}\n",
        kept.error().message, cacheHint);
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
  options.exactness = request.exact ? Exactness::exact : Exactness::fast;
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
  return compileReported(*optimised, {Product::sharedLibrary, library}, std::move(*options), request, source,
                         std::move(tuned));
}

Result<CachedLibrary> cachedLibrary(const Graph &graph, const BuildRequest &request,
                                    const ModelSource &source) {
  Result<Targets> targets = targetHere(request);
  if (!targets) return tl::unexpected(targets.error());
  const std::shared_ptr<TunedSchedules> tuned = tunedSchedules(request, targets->cpu);
  Result<LibraryCache> cache = cacheFor(request);
  if (!cache) {
    say("ninc: compiling {}, without a cache: {}\n", source.file, cache.error().message);
    return libraryInMemory(graph, request, source, tuned);
  }
  Result<std::string> key = cacheKey(graph, request, *targets, *tuned);
  if (!key) return tl::unexpected(key.error());
  if (std::optional<CachedLibrary> found = cache->find(graph.name(), *key)) {
    if (found->memory)
      say("ninc: code in the cache '{}' may not run (a mount with noexec?): it runs from memory; {}\n",
          cache->folder().string(), cacheHint);
    return std::move(*found);
  }
  say("ninc: compiling {} into the cache\n", source.file);
  Result<CachedLibrary> built = libraryInMemory(graph, request, source, tuned);
  if (built) keepInCache(*cache, graph.name(), *key, *built);
  return built;
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
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return; // more CPUs than a set has places
  const int cpus = CPU_COUNT(&allowed);
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

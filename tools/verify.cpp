// ninc verify MODEL [LIB]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "driver/CompileCached.h"
#include "driver/LibraryRuns.h"
#include "driver/ModelRunner.h"
#include "driver/VerifySamples.h"
#include "support/Counted.h"
#include "support/StandardStreams.h"
#include "tools/BuildOptions.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"
#include "tools/Report.h"
#include "tools/TensorFiles.h"

namespace ninc {

namespace {

struct Options {
  BuildOptions build;
  std::string library;
  std::vector<std::string> inputs;
  ImageConversion conversion;
  std::uint64_t seed = 1;
  int samples = 3;
  bool json = false;
};

// One set of inputs a comparison: the first images of the given files, or `samples` random ones.
Result<std::vector<std::vector<Tensor>>> inputsFor(const Options &options, const Signature &signature) {
  std::vector<std::vector<Tensor>> sets;
  if (options.inputs.empty()) {
    for (int sample = 0; sample < options.samples; ++sample)
      sets.push_back(randomInputs(signature, options.seed, sample));
    return sets;
  }
  Result<ImageSet> images = readInputs(signature, options.inputs, options.conversion);
  if (!images) return tl::unexpected(images.error());
  std::int64_t available = images->count / signature.batch;
  if (available == 0)
    return fail(fmt::format("the library runs {} images at a time, but {} were given", signature.batch,
                            images->count));
  for (std::int64_t sample = 0; sample < std::min<std::int64_t>(available, options.samples); ++sample)
    sets.push_back(images->slice(sample * signature.batch, signature.batch));
  return sets;
}

void printTable(const Verification &verification) {
  answer("{:24} {:>18} {:>12} {:>12} {:>12}\n", "layer", "shape", "max |ref|", "max error", "bound");
  for (const LayerComparison &layer : verification.layers)
    answer("{:24} {:>18} {:12.4g} {:12.3g} {:12.3g}  {}\n",
           layer.output ? layer.name + " (output)" : layer.name, toString(layer.shape), layer.maxReference,
           layer.maxError, layer.bound, layer.agrees ? "ok" : "DIFFERS");
}

nlohmann::json toJson(const Verification &verification, const LoadedModel &library, const Place &place,
                      std::size_t samples) {
  nlohmann::json layers = nlohmann::json::array();
  for (const LayerComparison &layer : verification.layers)
    layers.push_back({{"name", layer.name},
                      {"shape", layer.shape},
                      {"max_reference", layer.maxReference},
                      {"max_error", layer.maxError},
                      {"bound", layer.bound},
                      {"agrees", layer.agrees},
                      {"output", layer.output}});
  std::string first = verification.firstDivergence();
  return {{"model", library.descriptor().name},
          {"target", compiledFor(library)},
          {"device", toString(place.device)},
          {"device_name", driversNameOf(place)},
          {"threads", place.threads},
          {"samples", samples},
          {"agrees", first.empty()},
          {"first_divergence", first.empty() ? nlohmann::json() : nlohmann::json(first)},
          {"layers", layers}};
}

// The library that was named, or one that is compiled now.
Result<CachedLibrary> libraryFor(const Options &options, const WrittenModel &model, const Place &place,
                                 const Listener &listener) {
  if (!options.library.empty()) return CachedLibrary{options.library, std::nullopt};
  Result<Build> build = resolve(options.build.request, place.devices);
  if (!build) return tl::unexpected(build.error());
  build->batch = model.batch;
  if (auto here = checkRunsHere(*build); !here) return tl::unexpected(here.error());
  Result<ScheduleSources> schedules = openSchedules(*build, listener);
  if (!schedules) return tl::unexpected(schedules.error());
  return libraryInMemory(model, *build, *schedules, listener);
}

void printVerdict(const Verification &verification, const LoadedModel &library, const LibraryRun &run,
                  const Place &place, std::size_t samples) {
  printTable(verification);
  const std::string distinct = distinction(library, run);
  answer("{}: {}, {}, {}{}: ", library.descriptor().name, compiledFor(library), toString(place),
         distinct.empty() ? "" : distinct + ", ", counted(samples, "input"));
  if (const std::string first = verification.firstDivergence(); !first.empty())
    answer("first divergence: {}\n", first);
  else
    answer("all {} comparisons agree\n", verification.layers.size());
}

// What came of all runs, for programs: of one its table, of several the tables of each.
nlohmann::json together(const std::vector<nlohmann::json> &tables) {
  if (tables.size() == 1) return tables.front();
  const bool agree =
      std::ranges::all_of(tables, [](const auto &table) { return table["agrees"].template get<bool>(); });
  return {{"model", tables.front()["model"]}, {"agrees", agree}, {"versions", tables}};
}

struct Verdicts {
  bool agree = true;
  std::vector<nlohmann::json> tables;
};

// Compares one of the library's versions, and prints how or keeps it for programs.
Result<void> verifyRun(const Options &options, const Graph &model, LoadedModel &library,
                       const LibraryRun &run, const Place &place, Verdicts &verdicts) {
  if (auto used = use(library, run); !used) return used;
  auto sets = inputsFor(options, signatureOf(library.descriptor(), library.shape()));
  if (!sets) return tl::unexpected(sets.error());
  Diagnostics diagnostics;
  Result<Verification> verification = verifySamples(model, library, *sets, diagnostics);
  printDiagnostics(diagnostics);
  if (!verification) return tl::unexpected(verification.error());
  verdicts.agree &= verification->firstDivergence().empty();
  if (!options.json) {
    printVerdict(*verification, library, run, place, sets->size());
    return {};
  }
  verdicts.tables.push_back(toJson(*verification, library, place, sets->size()));
  verdicts.tables.back()["size"] = run.shape.size;
  verdicts.tables.back()["images"] = run.shape.images;
  return {};
}

Result<int> verifyModel(const Options &options) {
  const Request &request = options.build.request;
  const Listener listener = printingListener(options.build.remarks);
  const Place place{request.device, request.threads};
  Result<WrittenModel> model = readModel(request, WeightLoading::bind, listener);
  if (!model) return tl::unexpected(model.error());
  Result<CachedLibrary> library = libraryFor(options, *model, place, listener);
  if (!library) return tl::unexpected(library.error());
  Result<LoadedModel> loaded = LoadedModel::open(library->path, place.threads, place.device);
  if (!loaded) return tl::unexpected(loaded.error());
  std::vector<const Graph *> sizes = {&model->graph};
  for (const Graph &further : model->furtherSizes)
    sizes.push_back(&further);
  Verdicts verdicts;
  bool isAnythingCompared = false;
  for (const LibraryRun &run : runsOf(*loaded)) {
    const Graph *graph = graphFor(*loaded, run, sizes);
    if (!graph && loaded->descriptor().n_sizes > 1) continue; // of a size that wasn't asked for
    isAnythingCompared = true;
    if (auto done = verifyRun(options, graph ? *graph : model->graph, *loaded, run, place, verdicts); !done)
      return tl::unexpected(done.error());
  }
  if (!isAnythingCompared)
    return fail("the library has no size that the model is of; --shape says which sizes to compare");
  if (options.json) answer("{}\n", together(verdicts.tables).dump(2));
  return verdicts.agree ? 0 : static_cast<int>(ErrorKind::mismatch);
}

} // namespace

void addVerify(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *verify = app.add_subcommand("verify", "compare every layer with the reference interpreter");
  verify->add_option("MODEL", options->build.request.model, "the model: .nin, .onnx or .prototxt")
      ->required()
      ->type_name("");
  verify->add_option("LIB", options->library, "a library compiled from it; without one it is compiled now")
      ->type_name("");
  verify->add_option("--input", options->inputs, "an input's file instead of random numbers")
      ->type_name("NAME=FILE");
  verify->add_option("--mean", options->conversion.mean, "as for `run`")
      ->delimiter(',')
      ->type_name("M[,M...]")
      ->check(finiteNumber());
  verify->add_option("--scale", options->conversion.scale, "as for `run`")
      ->delimiter(',')
      ->type_name("S[,S...]")
      ->check(finiteNumber());
  verify->add_option("--threads", options->build.request.threads, "threads of the team")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  verify->add_option("--seed", options->seed, "of the random inputs")
      ->type_name("S")
      ->check(wholeNumber(0, std::numeric_limits<std::uint64_t>::max()));
  verify->add_option("--samples", options->samples, "sets of inputs to compare on; the table shows the worst")
      ->type_name("N")
      ->check(wholeNumber(1, 1000000));
  verify->add_flag("--json", options->json, "the table for programs");
  addDeviceOption(*verify, options->build.request.device);
  addBuildOptions(*verify, options->build);
  verify->footer("Example:\n"
                 "  ninc verify examples/nin_cifar10.nin --target x86-64-v3 --threads 2\n"
                 "  ninc verify examples/nin_cifar10.nin --device opencl\n"
                 "Exit code 3 and the name of the first layer that differs when one does.");
  verify->callback([&chosen, verify, options] {
    chosen = [verify, options] {
      if (auto fits = checkRunOptions(*verify, options->build, options->library, true); !fits)
        return reportError(fits.error());
      Result<int> code = verifyModel(*options);
      return code ? *code : reportError(code.error());
    };
  });
}

} // namespace ninc

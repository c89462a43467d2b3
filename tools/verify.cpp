// ninc verify MODEL [LIB]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "execution/verify/Verification.h"
#include "support/Hash.h"
#include "support/Random.h"
#include "support/StandardStreams.h"
#include "support/TemporaryFiles.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/DeviceOption.h"
#include "tools/NumberOptions.h"
#include "tools/NumberWarnings.h"
#include "tools/TensorFiles.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  std::string library;
  std::vector<std::string> inputs;
  ImageConversion conversion;
  std::uint64_t seed = 1;
  int samples = 3;
  bool json = false;
};

// Random inputs number `sample`: normal numbers, as a normalised image has them, and in every second sample
// numbers from 0 to 1, as a scaled one has.
std::vector<Tensor> randomInputs(const Signature &signature, std::uint64_t seed, int sample) {
  std::vector<Tensor> inputs;
  for (const NamedShape &input : signature.inputs) {
    Random random(seed + fnv1a(fmt::format("{} {}", input.name, sample)));
    Tensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), signature.batch);
    tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
    for (float &number : tensor.data)
      number = static_cast<float>(sample % 2 == 0 ? random.normal() : random.uniform());
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

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

nlohmann::json toJson(const Verification &verification, const LoadedModel &library,
                      const BuildRequest &request, std::size_t samples) {
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
          {"target", targetOf(library)},
          {"device", toString(request.device)},
          {"device_name", driversNameOf(request.device)},
          {"threads", request.threads},
          {"samples", samples},
          {"agrees", first.empty()},
          {"first_divergence", first.empty() ? nlohmann::json() : nlohmann::json(first)},
          {"layers", layers}};
}

Result<int> verifyModel(const Options &options) {
  ModelSource source;
  Result<Graph> model = loadReported(options.build, WeightLoading::bind, source);
  if (!model) return tl::unexpected(model.error());

  std::optional<MemoryFile> temporary;
  std::filesystem::path library = options.library;
  if (options.library.empty()) {
    if (auto here = targetHere(options.build); !here) return tl::unexpected(here.error());
    Result<MemoryFile> made = MemoryFile::create(model->name());
    if (!made) return tl::unexpected(made.error());
    temporary = std::move(*made);
    library = temporary->path();
    auto built = buildLibrary(*model, options.build, source, library);
    if (!built) return tl::unexpected(built.error());
  }
  Result<LoadedModel> loaded = LoadedModel::open(library, options.build.threads, options.build.device);
  if (!loaded) return tl::unexpected(loaded.error());
  const ninc_model &descriptor = loaded->descriptor();
  auto sets = inputsFor(options, signatureOf(descriptor));
  if (!sets) return tl::unexpected(sets.error());
  const Signature signature = signatureOf(descriptor);
  NumberWarnings warnings(signature, &*loaded);
  std::optional<Verification> verification;
  for (const std::vector<Tensor> &inputs : *sets) {
    Result<Verification> compared = verifyLibrary(*model, *loaded, inputs);
    if (!compared) return tl::unexpected(compared.error());
    warnings.ofInputs(inputs);
    if (verification)
      verification->merge(*compared);
    else
      verification = std::move(*compared);
  }

  std::string first = verification->firstDivergence();
  if (options.json) {
    answer("{}\n", toJson(*verification, *loaded, options.build, sets->size()).dump(2));
  } else {
    printTable(*verification);
    answer("{}: {}, {}, {} input{}: ", descriptor.name, targetOf(*loaded), placeOf(options.build),
           sets->size(), sets->size() == 1 ? "" : "s");
    if (first.empty())
      answer("all {} comparisons agree\n", verification->layers.size());
    else
      answer("first divergence: {}\n", first);
  }
  return first.empty() ? 0 : static_cast<int>(ErrorKind::mismatch);
}

} // namespace

void addVerify(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<Options>();
  CLI::App *verify = app.add_subcommand("verify", "compare every layer with the reference interpreter");
  verify->add_option("MODEL", options->build.model, "the model: .nin")->required()->type_name("");
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
  verify->add_option("--threads", options->build.threads, "threads of the team")
      ->type_name("N")
      ->check(wholeNumber(1, 1024));
  verify->add_option("--seed", options->seed, "of the random inputs")
      ->type_name("S")
      ->check(wholeNumber(0, std::numeric_limits<std::uint64_t>::max()));
  verify->add_option("--samples", options->samples, "sets of inputs to compare on; the table shows the worst")
      ->type_name("N")
      ->check(wholeNumber(1, 1000000));
  verify->add_flag("--json", options->json, "the table for programs");
  addDeviceOption(*verify, options->build.device);
  addBuildOptions(*verify, options->build);
  verify->footer("Example:\n"
                 "  ninc verify examples/nin_cifar10.nin --target x86-64-v3 --threads 2\n"
                 "  ninc verify examples/nin_cifar10.nin --device opencl\n"
                 "Exit code 3 and the name of the first layer that differs when one does.");
  verify->callback([&chosen, verify, options] {
    chosen = [verify, options] {
      if (auto fits = checkDeviceOptions(*verify, options->build.device); !fits)
        return reportError(fits.error());
      if (!options->library.empty())
        if (auto unused = checkNothingToBuild(*verify, options->library); !unused)
          return reportError(unused.error());
      Result<int> code = verifyModel(*options);
      return code ? *code : reportError(code.error());
    };
  });
}

} // namespace ninc

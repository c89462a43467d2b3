// ninc verify MODEL [LIB]

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "execution/Verification.h"
#include "support/Files.h"
#include "support/Hash.h"
#include "support/Random.h"
#include "tools/Build.h"
#include "tools/Commands.h"
#include "tools/TensorFiles.h"

namespace ninc {

namespace {

struct Options {
  BuildRequest build;
  std::string library;
  std::vector<std::string> inputs;
  ImageConversion conversion;
  int threads = 1;
  std::uint64_t seed = 1;
  bool json = false;
};

// Normal numbers, as a normalised image has them.
std::vector<Tensor> randomInputs(const Signature &signature, std::uint64_t seed) {
  std::vector<Tensor> inputs;
  for (const NamedShape &input : signature.inputs) {
    Random random(seed ^ fnv1a(input.name));
    Tensor tensor{input.shape, {}};
    tensor.shape.insert(tensor.shape.begin(), signature.batch);
    tensor.data.resize(static_cast<std::size_t>(elementCount(tensor.shape)));
    for (float &number : tensor.data)
      number = static_cast<float>(random.normal());
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

Result<std::vector<Tensor>> inputsFor(const Options &options, const Signature &signature) {
  if (options.inputs.empty()) return randomInputs(signature, options.seed);
  Result<ImageSet> images = readInputs(signature, options.inputs, options.conversion);
  if (!images) return tl::unexpected(images.error());
  if (images->count < signature.batch)
    return fail(fmt::format("the library runs {} images at a time, but {} were given", signature.batch,
                            images->count));
  return images->slice(0, signature.batch);
}

void printTable(const Verification &verification) {
  fmt::print("{:24} {:>18} {:>12} {:>12} {:>12}\n", "layer", "shape", "max |ref|", "max error", "bound");
  for (const LayerComparison &layer : verification.layers)
    fmt::print("{:24} {:>18} {:12.4g} {:12.3g} {:12.3g}  {}\n",
               layer.output ? layer.name + " (output)" : layer.name, toString(layer.shape),
               layer.maxReference, layer.maxError, layer.bound, layer.agrees ? "ok" : "DIFFERS");
}

nlohmann::json toJson(const Verification &verification, const ninc_model &model, int threads) {
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
  return {{"model", model.name},
          {"target", model.target},
          {"threads", threads},
          {"agrees", first.empty()},
          {"first_divergence", first.empty() ? nlohmann::json() : nlohmann::json(first)},
          {"layers", layers}};
}

Result<int> verifyModel(const Options &options) {
  ModelSource source;
  std::optional<Graph> model = loadReported(options.build.model, WeightLoading::bind, source);
  if (!model) return static_cast<int>(ErrorKind::badInput);

  std::optional<TemporaryDirectory> temporary;
  std::filesystem::path library = options.library;
  if (options.library.empty()) {
    Result<TemporaryDirectory> made = TemporaryDirectory::create();
    if (!made) return tl::unexpected(made.error());
    temporary = std::move(*made);
    library = temporary->path() / (model->name() + ".so");
    auto built = buildLibrary(*model, options.build, source, library);
    if (!built) return tl::unexpected(built.error());
  }
  Result<LoadedModel> loaded = LoadedModel::open(library, options.threads);
  if (!loaded) return tl::unexpected(loaded.error());
  const ninc_model &descriptor = loaded->descriptor();
  Result<std::vector<Tensor>> inputs = inputsFor(options, signatureOf(descriptor));
  if (!inputs) return tl::unexpected(inputs.error());
  Result<Verification> verification = verifyLibrary(*model, *loaded, *inputs);
  if (!verification) return tl::unexpected(verification.error());

  std::string first = verification->firstDivergence();
  if (options.json) {
    fmt::print("{}\n", toJson(*verification, descriptor, options.threads).dump(2));
  } else {
    printTable(*verification);
    fmt::print("{}: {}, {} thread{}: ", descriptor.name, descriptor.target, options.threads,
               options.threads == 1 ? "" : "s");
    if (first.empty())
      fmt::print("all {} comparisons agree\n", verification->layers.size());
    else
      fmt::print("first divergence: {}\n", first);
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
      ->type_name("M[,M...]");
  verify->add_option("--scale", options->conversion.scale, "as for `run`")
      ->delimiter(',')
      ->type_name("S[,S...]");
  verify->add_option("--threads", options->threads, "threads of the team")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  verify->add_option("--seed", options->seed, "of the random inputs")->type_name("S");
  verify->add_flag("--json", options->json, "the table for programs");
  addBuildOptions(*verify, options->build);
  verify->footer("Example:\n"
                 "  ninc verify examples/nin_cifar10.nin --target x86-64-v3 --threads 2\n"
                 "Exit code 3 and the name of the first layer that differs when one does.");
  verify->callback([&chosen, options] {
    chosen = [options] {
      Result<int> code = verifyModel(*options);
      return code ? *code : reportError(code.error());
    };
  });
}

} // namespace ninc

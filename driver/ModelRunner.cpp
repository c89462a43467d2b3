#include "driver/ModelRunner.h"

#include <map>

#include "ir/interpreter/Interpreter.h"

namespace ninc {

namespace {

ModelRunner runnerOf(const std::shared_ptr<LoadedModel> &library) {
  return {signatureOf(library->descriptor(), library->shape()), library->descriptor().least_batch,
          [library](std::span<const Tensor> inputs) { return library->run(inputs); }, library};
}

} // namespace

Result<void> ModelRunner::takeImages(std::int64_t images) const {
  if (!library) return {};
  return library->use({library->shape().size, static_cast<std::int32_t>(images)});
}

Result<ModelRunner> libraryRunner(const std::filesystem::path &path, const Place &place) {
  Result<LoadedModel> loaded = LoadedModel::open(path, place.threads, place.device);
  if (!loaded) return tl::unexpected(loaded.error());
  return runnerOf(std::make_shared<LoadedModel>(std::move(*loaded)));
}

Result<ModelRunner> atSize(const ModelRunner &runner, std::int32_t size) {
  if (!runner.library) return runner;
  if (auto offered = runner.library->use({size, runner.library->descriptor().batch}); !offered)
    return tl::unexpected(offered.error());
  return runnerOf(runner.library);
}

ModelRunner referenceRunner(Graph graph) {
  auto model = std::make_shared<Graph>(std::move(graph));
  Signature signature = signatureOf(*model);
  return {signature, 1,
          [model, signature](std::span<const Tensor> inputs) {
            std::map<std::string, Tensor> named;
            for (std::size_t i = 0; i < inputs.size(); ++i)
              named.emplace(signature.inputs[i].name, inputs[i]);
            return evaluateOutputs(*model, named);
          },
          nullptr};
}

std::string compiledFor(const LoadedModel &library) {
  return std::string(library.target()) + (library.storage() == ElementType::f16 ? " f16" : "");
}

} // namespace ninc

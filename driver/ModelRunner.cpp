#include "driver/ModelRunner.h"

#include <map>

#include "ir/interpreter/Interpreter.h"

namespace ninc {

Result<ModelRunner> libraryRunner(const std::filesystem::path &path, const Place &place) {
  Result<LoadedModel> loaded = LoadedModel::open(path, place.threads, place.device);
  if (!loaded) return tl::unexpected(loaded.error());
  auto library = std::make_shared<LoadedModel>(std::move(*loaded));
  return ModelRunner{signatureOf(library->descriptor()),
                     [library](std::span<const Tensor> inputs) { return library->run(inputs); }, library};
}

ModelRunner referenceRunner(Graph graph) {
  auto model = std::make_shared<Graph>(std::move(graph));
  Signature signature = signatureOf(*model);
  return {signature,
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

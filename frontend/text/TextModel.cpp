#include "frontend/text/TextModel.h"

#include "frontend/text/Comments.h"
#include "frontend/text/Parser.h"
#include "ir/Weights.h"

namespace ninc {

std::optional<ImportedModel> importText(const ModelFile &file, const ImportOptions &options,
                                        Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  if (!options.outputs.empty())
    diagnostics.error({}, "--outputs is for files that can't be edited; a .nin model says its outputs",
                      "write the names behind its 'output'");
  std::optional<Graph> graph = parseModel(file.bytes, diagnostics, options.shapes);
  if (!graph || diagnostics.errorCount() > earlier) return std::nullopt;
  if (!options.weightFile.empty()) { // instead of those that the text names
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(options.weightFile, error);
    graph->weightSource = {WeightSource::Kind::file, (error ? options.weightFile : whole).string(), 0,
                           graph->weightSource.where};
  }
  if (options.weights == WeightLoading::bind && !bindWeights(*graph, file.path.parent_path(), diagnostics))
    return std::nullopt;
  ImportedModel model{std::move(*graph), options.batch.value_or(1)};
  model.origin.namesStay = true;
  Diagnostics told; // while it was parsed
  text::keepComments(file.bytes, text::tokenize(file.bytes, told), model.origin);
  return model;
}

} // namespace ninc

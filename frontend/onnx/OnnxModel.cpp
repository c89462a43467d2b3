// The file in steps: bytes, its own functions put in place, the nodes that are needed, what none of them can
// be, inputs' shapes, the graph.
#include "frontend/onnx/OnnxModel.h"

#include <fmt/format.h>
#include <set>

#include "frontend/import/CheckNumbers.h"
#include "frontend/onnx/Expansion.h"
#include "frontend/onnx/GraphImport.h"
#include "frontend/onnx/InputShapes.h"
#include "frontend/onnx/OperatorCheck.h"
#include "frontend/onnx/ReadModel.h"
#include "support/Utf8.h"

namespace ninc {

namespace {

using namespace onnx_import;

// Those of branches too: names are there once in the file (Expansion.h). Some exporters write a tensor that
// two layers share twice.
void addTensors(const onnx::GraphProto &graph, GraphSource &source, Diagnostics &diagnostics) {
  for (const auto &tensor : graph.initializer()) {
    const auto [known, isNew] = source.initializers.emplace(tensor.name(), &tensor);
    if (!isNew && known->second->SerializeAsString() != tensor.SerializeAsString())
      diagnostics.error(
          {}, fmt::format("tensor '{}' is there twice, with different numbers", shownName(tensor.name())));
  }
  for (const auto &node : graph.node())
    for (const auto &attribute : node.attribute())
      if (attribute.has_g()) addTensors(attribute.g(), source, diagnostics);
}

std::vector<std::string> outputsOf(const onnx::GraphProto &graph, const ImportOptions &options) {
  if (!options.outputs.empty()) return options.outputs;
  std::vector<std::string> outputs;
  for (const auto &output : graph.output())
    outputs.push_back(output.name());
  return outputs;
}

std::optional<GraphSource> sourceOf(const onnx::ModelProto &model, const ImportOptions &options,
                                    Diagnostics &diagnostics) {
  const onnx::GraphProto &graph = model.graph();
  const std::size_t earlier = diagnostics.errorCount();
  GraphSource source;
  Result<std::int64_t> opset = opsetOf(model);
  if (!opset) {
    diagnostics.error({}, opset.error().message);
    return std::nullopt;
  }
  source.opset = *opset;
  source.outputs = outputsOf(graph, options);
  if (source.outputs.empty()) diagnostics.error({}, "the model has no outputs");
  if (graph.sparse_initializer_size() > 0) diagnostics.error({}, "sparse tensors aren't supported");
  std::set<std::string_view> once;
  for (const std::string &output : source.outputs)
    if (output.empty())
      diagnostics.error({}, "one of its outputs has no name");
    else if (!once.insert(output).second)
      diagnostics.error({}, fmt::format("output '{}' is there twice", shownName(output)));
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  std::optional<NodeOrder> order = orderOf(graph, source.outputs, diagnostics);
  if (!order) return std::nullopt;
  source.order = std::move(*order);
  addTensors(graph, source, diagnostics);
  // Files of IR version 3 list weights among the inputs. Where the user has cut the model, inputs may be
  // unused.
  std::vector<const onnx::ValueInfoProto *> inputs;
  for (const auto &input : graph.input())
    if (!source.initializers.contains(input.name()) &&
        (options.outputs.empty() || source.order.read.contains(input.name())))
      inputs.push_back(&input);
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto *input : inputs)
    names.push_back(input->name());
  checkOperators(source.order, names, source.outputs, diagnostics);
  std::optional<std::vector<InputShape>> shapes = inputShapes(inputs, options, diagnostics);
  if (!shapes || diagnostics.errorCount() > earlier) return std::nullopt;
  source.inputs = std::move(*shapes);
  return source;
}

std::optional<ImportedModel> imported(const GraphSource &source, const ModelFile &file,
                                      const ImportOptions &options, Diagnostics &diagnostics) {
  TensorReader reader(file.path.parent_path());
  ReadTensors read;
  const std::string name = modelNameLike(file.path.stem().string());
  const auto attempt = [&](std::optional<std::int64_t> batch, Diagnostics &ofAttempt) {
    return importGraph(source, name, batch, reader, read, ofAttempt);
  };
  std::optional<ImportedModel> model = importWithBatch(source.inputs, options, attempt, diagnostics);
  if (model) model->origin.files = reader.filesRead();
  return model;
}

// "ONNX of opset 13, made by pytorch 2.1".
std::string descriptionOf(const onnx::ModelProto &model, std::int64_t opset) {
  std::string text = fmt::format("ONNX of opset {}", opset);
  if (model.producer_name().empty()) return text;
  text += ", made by " + shownName(asUtf8(model.producer_name()));
  if (!model.producer_version().empty()) text += " " + shownName(asUtf8(model.producer_version()));
  return text;
}

} // namespace

std::optional<ImportedModel> importOnnx(const ModelFile &file, const ImportOptions &options,
                                        Diagnostics &diagnostics) {
  if (!options.weightFile.empty()) {
    diagnostics.error({},
                      "--weights is for models whose weights are in another file; an ONNX model says itself "
                      "where they are");
    return std::nullopt;
  }
  Result<onnx::ModelProto> model = readModelProto(file.bytes);
  if (!model) {
    diagnostics.error({}, model.error().message);
    return std::nullopt;
  }
  if (!expandFunctions(*model, diagnostics)) return std::nullopt;
  std::optional<GraphSource> source = sourceOf(*model, options, diagnostics);
  if (!source) return std::nullopt;
  std::optional<ImportedModel> result = imported(*source, file, options, diagnostics);
  if (!result || !checkNumbers(result->graph, diagnostics)) return std::nullopt;
  result->origin.description.push_back(descriptionOf(*model, source->opset));
  return result;
}

} // namespace ninc

// The file in steps: text, the layers of the phase, who reads what, what none of them can be, numbers,
// inputs' extents, the graph.
#include "frontend/caffe/CaffeModel.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/caffe/LayerTypes.h"
#include "frontend/caffe/NetImport.h"
#include "frontend/caffe/Phase.h"
#include "frontend/import/CheckNumbers.h"

namespace ninc {

namespace {

using namespace caffe_import;

// "1", "2 to 4", "2 or more".
std::string textOf(Count count) {
  if (count.least == count.most) return fmt::format("{}", count.least);
  if (count.most == any.most) return fmt::format("{} or more", count.least);
  return fmt::format("{} to {}", count.least, count.most);
}

void checkCount(const PlacedLayer &layer, int count, Count allowed, const char *what,
                Diagnostics &diagnostics) {
  if (static_cast<std::size_t>(count) < allowed.least || static_cast<std::size_t>(count) > allowed.most)
    diagnostics.error(layer.where, fmt::format("{} has {} {}; it takes {}", labelOf(layer.proto), count, what,
                                               textOf(allowed)));
}

// A message of Net.proto in which all that may change a result is declared.
bool isOfComputing(const UnknownField &field) {
  return field.message.ends_with("Parameter");
}

// All that stands in the way, in one run.
void checkLayers(const Wiring &wiring, Diagnostics &diagnostics) {
  for (const WiredLayer &wired : wiring.layers) {
    const PlacedLayer &layer = wired.layer;
    if (!wired.isNeeded || isSource(layer.proto)) continue;
    const LayerType *type = findLayerType(layer.proto.type());
    if (!type) {
      diagnostics.error(layer.where,
                        fmt::format("{}: layers of this type aren't supported", labelOf(layer.proto)),
                        "where the rest is wanted, --outputs NAME,... ends the net before it");
      continue;
    }
    checkCount(layer, layer.proto.bottom_size(), type->bottoms, "bottoms", diagnostics);
    checkCount(layer, layer.proto.top_size(), type->tops, "tops", diagnostics);
    for (const UnknownField &field : layer.unknown)
      if (isOfComputing(field))
        diagnostics.error(field.where, fmt::format("{}: its field '{}' isn't supported", labelOf(layer.proto),
                                                   shownName(field.name)));
      else if (field.message == "Layer" || field.message == "V1Layer")
        diagnostics.warning(field.where, fmt::format("{}: its field '{}' isn't known, and passed over",
                                                     labelOf(layer.proto), shownName(field.name)));
  }
}

std::optional<NetSource> sourceOf(const ModelFile &file, const ImportOptions &options, std::string &name,
                                  Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  std::optional<NetText> text = readNetText(file.bytes, diagnostics);
  if (!text) return std::nullopt;
  name = modelNameLike(text->name.empty() ? file.path.stem().string() : text->name);
  std::optional<Wiring> wiring =
      wire(layersOfTest(std::move(*text), diagnostics), options.outputs, diagnostics);
  if (!wiring) return std::nullopt;
  NetSource source{std::move(*wiring), {}, {}, options.weights == WeightLoading::bind};
  checkLayers(source.wiring, diagnostics);
  if (!options.weightFile.empty()) {
    Result<Weights> weights = Weights::read(options.weightFile);
    if (weights)
      source.weights = std::move(*weights);
    else
      diagnostics.error({}, weights.error().message);
  }
  std::optional<std::vector<InputShape>> inputs =
      inputShapes(source.wiring, source.weights, options, diagnostics);
  if (!inputs || diagnostics.errorCount() > earlier) return std::nullopt;
  source.inputs = std::move(*inputs);
  return source;
}

// How inputs are to be made, told and kept.
void tellPreparation(const Wiring &wiring, ImportedModel &model, Diagnostics &diagnostics) {
  for (const std::size_t input : wiring.inputs) {
    const BlobValue &value = wiring.values[input];
    const PlacedLayer &source = wiring.layers[value.layer].layer;
    const std::vector<std::string> told =
        value.top == 0 ? preparationOf(source.proto) : std::vector<std::string>{};
    if (told.empty()) continue;
    const Node node = model.graph.inputs()[static_cast<std::size_t>(std::ranges::find(wiring.inputs, input) -
                                                                    wiring.inputs.begin())];
    model.origin.preparation.push_back({model.graph.name(model.graph.result(node)), told});
    diagnostics.remark("import", source.where,
                       fmt::format("what is done to '{}' before it is an input isn't in the model: {}",
                                   shownName(value.blob), fmt::join(told, "; ")));
  }
}

} // namespace

std::optional<ImportedModel> importCaffe(const ModelFile &file, const ImportOptions &options,
                                         Diagnostics &diagnostics) {
  std::string name;
  std::optional<NetSource> source = sourceOf(file, options, name, diagnostics);
  if (!source) return std::nullopt;
  const auto attempt = [&](std::optional<std::int64_t> batch, Diagnostics &ofAttempt) {
    return importNet(*source, name, batch, ofAttempt);
  };
  std::optional<ImportedModel> model = importWithBatch(source->inputs, options, attempt, diagnostics);
  if (!model || !checkNumbers(model->graph, diagnostics)) return std::nullopt;
  model->origin.description.emplace_back("a Caffe net");
  tellPreparation(source->wiring, *model, diagnostics);
  return model;
}

} // namespace ninc

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
#include "support/Spelling.h"

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

// What the layers in front of those that aren't supported make for them, and the outputs that need none of
// them: what is left of the net, as --outputs takes it. Empty if nothing is.
std::string soundPart(const Wiring &wiring) {
  std::vector<bool> isSound(wiring.values.size(), true), isReadInside(wiring.values.size(), false),
      isWanted(wiring.values.size(), false);
  for (const WiredLayer &wired : wiring.layers) {
    if (!wired.isNeeded) continue;
    const bool layerIsSound =
        (isSource(wired.layer.proto) || findLayerType(wired.layer.proto.type())) &&
        std::ranges::all_of(wired.bottoms, [&](std::size_t value) { return isSound[value]; });
    for (const std::size_t value : wired.bottoms)
      (layerIsSound ? isReadInside : isWanted)[value] = true;
    for (const std::size_t value : wired.tops)
      isSound[value] = layerIsSound;
  }
  for (const std::size_t value : wiring.outputs)
    isWanted[value] = true;
  std::vector<std::string> names;
  for (std::size_t value = 0; value < wiring.values.size(); ++value)
    if (const BlobValue &made = wiring.values[value]; isWanted[value] && isSound[value] &&
                                                      !isReadInside[value] && made.isLast &&
                                                      !isSource(wiring.layers[made.layer].layer.proto))
      names.push_back(shownName(made.blob));
  return fmt::format("{}", fmt::join(names, ","));
}

void checkFields(const PlacedLayer &layer, Diagnostics &diagnostics) {
  for (const UnknownField &field : layer.unknown)
    if (isOfComputing(field))
      diagnostics.error(
          field.where,
          fmt::format("{}: its field '{}' isn't supported", labelOf(layer.proto), shownName(field.name)),
          field.help);
    else if (field.message == "Layer" || field.message == "V1Layer")
      diagnostics.warning(field.where,
                          fmt::format("{}: its field '{}' isn't known, and passed over", labelOf(layer.proto),
                                      shownName(field.name)),
                          field.help);
}

std::string nearTypes(const std::string &type) {
  std::vector<std::string_view> known;
  for (const LayerType *each : allLayerTypes())
    known.push_back(each->name);
  return didYouMean(type, known);
}

// All that stands in the way, in one run.
void checkLayers(const Wiring &wiring, Diagnostics &diagnostics) {
  std::vector<const PlacedLayer *> refused;
  for (const WiredLayer &wired : wiring.layers) {
    const PlacedLayer &layer = wired.layer;
    if (!wired.isNeeded || isSource(layer.proto)) continue;
    const LayerType *type = findLayerType(layer.proto.type());
    if (!type) {
      refused.push_back(&layer);
      continue;
    }
    checkCount(layer, layer.proto.bottom_size(), type->bottoms, "bottoms", diagnostics);
    checkCount(layer, layer.proto.top_size(), type->tops, "tops", diagnostics);
    checkFields(layer, diagnostics);
  }
  const std::string rest = refused.empty() ? "" : soundPart(wiring);
  for (const PlacedLayer *layer : refused) {
    std::string help = nearTypes(layer->proto.type());
    if (help.empty() && layer == refused.back() && !rest.empty())
      help = fmt::format("where the rest is wanted, --outputs {} ends the net before it", rest);
    if (layer->proto.type().empty())
      diagnostics.error(layer->where, fmt::format("layer '{}' says no type", shownName(layer->proto.name())));
    else
      diagnostics.error(layer->where,
                        fmt::format("{}: layers of this type aren't supported", labelOf(layer->proto)), help);
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
    const Node node = model.graph.inputs()[static_cast<std::size_t>(std::ranges::find(wiring.inputs, input) -
                                                                    wiring.inputs.begin())];
    const std::vector<std::string> told =
        value.top == 0
            ? preparationOf(source.proto, value.blob, model.graph.type(model.graph.result(node)).shape[0])
            : std::vector<std::string>{};
    if (told.empty()) continue;
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

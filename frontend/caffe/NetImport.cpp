#include "frontend/caffe/NetImport.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/caffe/LayerTypes.h"

namespace ninc::caffe_import {

namespace {

class Importing {
public:
  Importing(const NetSource &source, const std::string &name, std::optional<std::int64_t> batch,
            Diagnostics &diagnostics)
      : source_(source), wiring_(source.wiring), diagnostics_(diagnostics), net_(name, batch, source.weights),
        values_(wiring_.values.size()) {
    net_.batchWritten = writtenBatch(source.inputs);
  }

  ImportAttempt run() {
    const std::size_t earlier = diagnostics_.errorCount();
    reserveNames();
    for (std::size_t i = 0; i < wiring_.inputs.size(); ++i)
      addInput(wiring_.inputs[i], source_.inputs[i].dims);
    for (const WiredLayer &wired : wiring_.layers) {
      if (wired.isNeeded && !isSource(wired.layer.proto)) importLayer(wired);
      if (!meeting_.empty()) return {std::nullopt, meeting_};
    }
    for (const std::size_t output : wiring_.outputs)
      addOutput(output);
    checkNumbersAreThere();
    if (diagnostics_.errorCount() > earlier) return {};
    Origin origin = net_.origin();
    return {std::move(net_.graph), {}, std::move(origin)};
  }

private:
  const std::string &blobOf(std::size_t value) const { return wiring_.values[value].blob; }

  // Inputs and outputs come first, so that theirs are as the net has them wherever they can.
  void reserveNames() {
    for (const std::size_t input : wiring_.inputs)
      net_.names.of(blobOf(input));
    for (const std::size_t output : wiring_.outputs)
      net_.names.of(blobOf(output));
    for (const BlobValue &value : wiring_.values)
      if (wiring_.layers[value.layer].isNeeded) net_.names.of(value.blob);
  }

  bool isReadOnce(std::size_t value) const {
    return wiring_.values[value].readers == 1 && std::ranges::count(wiring_.outputs, value) == 0;
  }

  void addInput(std::size_t value, const Dims &dims) {
    const Shape shape = net_.shapeOf(dims);
    Result<void> fits = checkShape(shape);
    Result<Node> node = fits ? net_.graph.append(Input{{ElementType::f32, shape, Layout::chw}}, {},
                                                 {net_.names.of(blobOf(value))})
                             : tl::unexpected(fits.error());
    if (!node)
      return diagnostics_.error(
          wiring_.layers[wiring_.values[value].layer].layer.where,
          fmt::format("input '{}': {}", shownName(blobOf(value)), node.error().message));
    net_.keepOriginal(net_.graph.result(*node), blobOf(value));
    values_[value] = NetValue{dims, net_.graph.result(*node), isReadOnce(value)};
  }

  void importLayer(const WiredLayer &wired) {
    std::vector<const NetValue *> bottoms;
    for (const std::size_t value : wired.bottoms) {
      if (!values_[value]) return; // was refused, and so is all that comes of it
      bottoms.push_back(&*values_[value]);
    }
    LayerImport layer(wired, std::move(bottoms), net_, diagnostics_);
    findLayerType(wired.layer.proto.type())->import(layer);
    layer.finish();
    if (layer.mixesImages()) meeting_ = labelOf(wired.layer.proto);
    if (!layer.failed()) keepTops(wired, layer);
  }

  void keepTops(const WiredLayer &wired, LayerImport &layer) {
    for (std::size_t i = 0; i < wired.tops.size(); ++i) {
      const std::size_t value = wired.tops[i];
      const NetValue &top = *layer.tops()[i];
      if (wiring_.values[value].isLast)
        net_.nameAfter(top.value, blobOf(value));
      else
        net_.nameForNow(top.value, nameInside(wired.layer.proto));
      values_[value] = NetValue{top.dims, top.value, isReadOnce(value)};
    }
  }

  // Of a value that is computed on in its place, whose blob's name is the last one's.
  static std::string nameInside(const caffe_schema::Layer &layer) {
    std::string type = layer.type();
    std::ranges::transform(type, type.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    const bool isBlobs = std::ranges::count(layer.top(), layer.name()) > 0;
    return identifierLike(isBlobs ? layer.name() + "_" + type : layer.name());
  }

  void addOutput(std::size_t value) {
    if (!values_[value]) return; // its layer was refused
    if (Result<void> added = net_.addOutput(values_[value]->value, blobOf(value)); !added)
      diagnostics_.error({}, fmt::format("output '{}': {}", shownName(blobOf(value)), added.error().message));
  }

  void checkNumbersAreThere() {
    if (!net_.weights.areThere() && source_.needsNumbers && net_.asksForNumbers)
      diagnostics_.error({}, "the net's numbers are in a file of their own",
                         "--weights NAME.caffemodel says which");
    if (net_.withoutNumbers.empty()) return;
    std::vector<std::string> names;
    for (const std::string &name : net_.withoutNumbers)
      names.push_back(fmt::format("'{}'", shownName(name)));
    diagnostics_.error({}, fmt::format("the trained net has no numbers for {}", fmt::join(names, ", ")),
                       "is it the net that was trained? layers have their numbers by their names");
  }

  const NetSource &source_;
  const Wiring &wiring_;
  Diagnostics &diagnostics_;
  NetGraph net_;
  std::vector<std::optional<NetValue>> values_; // of Wiring::values
  std::string meeting_;
};

} // namespace

ImportAttempt importNet(const NetSource &source, const std::string &name, std::optional<std::int64_t> batch,
                        Diagnostics &diagnostics) {
  return Importing(source, name, batch, diagnostics).run();
}

} // namespace ninc::caffe_import

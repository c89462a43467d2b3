#include "frontend/caffe/Wiring.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <unordered_map>

#include "support/Spelling.h"

namespace ninc::caffe_import {

namespace {

// Layers that judge scores, and those that keep them.
constexpr std::string_view ofTraining[] = {
    "Accuracy",     "SoftmaxWithLoss", "SigmoidCrossEntropyLoss", "EuclideanLoss", "HingeLoss",
    "InfogainLoss", "ContrastiveLoss", "MultinomialLogisticLoss", "MultiBoxLoss",  "SmoothL1Loss",
    "TripletLoss",  "CenterLoss",      "DetectionEvaluate",       "HDF5Output",    "Silence"};

constexpr std::string_view sources[] = {"Input",    "Data",       "ImageData",     "MemoryData", "DummyData",
                                        "HDF5Data", "WindowData", "AnnotatedData", "Python"};

bool isOfTraining(const caffe_schema::Layer &layer) {
  return std::ranges::count(ofTraining, layer.type()) > 0;
}

class Wires {
public:
  Wires(std::vector<PlacedLayer> layers, Diagnostics &diagnostics) : diagnostics_(diagnostics) {
    for (const PlacedLayer &layer : layers)
      all_.push_back({labelOf(layer.proto), {layer.proto.top().begin(), layer.proto.top().end()}});
    for (PlacedLayer &layer : layers) {
      wiring_.layers.push_back({std::move(layer), {}, {}});
      connect(wiring_.layers.size() - 1);
    }
  }

  std::optional<Wiring> outputs(const std::vector<std::string> &asked) {
    for (const std::string &blob : asked)
      request(blob);
    if (asked.empty())
      for (std::size_t value = 0; value < wiring_.values.size(); ++value)
        if (isResult(wiring_.values[value])) wiring_.outputs.push_back(value);
    if (wiring_.outputs.empty() && !diagnostics_.hasErrors())
      diagnostics_.error(
          {}, "the net computes nothing: it has no layer of the phase TEST whose top nobody reads");
    for (const std::size_t value : wiring_.outputs)
      layerOf(value).isNeeded = true;
    need();
    findInputs(asked.empty());
    return std::move(wiring_);
  }

private:
  WiredLayer &layerOf(std::size_t value) { return wiring_.layers[wiring_.values[value].layer]; }

  // Layers stand behind what they read.
  void connect(std::size_t number) {
    WiredLayer &wired = wiring_.layers[number];
    const caffe_schema::Layer &layer = wired.layer.proto;
    for (const std::string &blob : layer.bottom()) {
      const auto made = last_.find(blob);
      if (made == last_.end()) {
        diagnostics_.error(
            wired.layer.where,
            fmt::format("{} reads '{}', which no layer above it makes", labelOf(layer), shownName(blob)),
            advice(blob, number));
        continue;
      }
      wired.bottoms.push_back(made->second);
      if (!isOfTraining(layer) || layer.type() == "Silence") ++wiring_.values[made->second].readers;
    }
    for (int top = 0; top < layer.top_size(); ++top)
      make(number, top);
  }

  void make(std::size_t number, int top) {
    WiredLayer &wired = wiring_.layers[number];
    const caffe_schema::Layer &layer = wired.layer.proto;
    const std::string &blob = layer.top(top);
    const auto earlier = last_.find(blob);
    if (earlier != last_.end()) {
      if (top >= layer.bottom_size() || layer.bottom(top) != blob)
        diagnostics_.error(wired.layer.where,
                           fmt::format("{} makes '{}', which a layer above it makes already", labelOf(layer),
                                       shownName(blob)));
      wiring_.values[earlier->second].isLast = false;
    }
    last_[blob] = wiring_.values.size();
    wired.tops.push_back(wiring_.values.size());
    wiring_.values.push_back({blob, number, static_cast<std::size_t>(top)});
  }

  bool isResult(const BlobValue &value) const {
    const caffe_schema::Layer &layer = wiring_.layers[value.layer].layer.proto;
    return value.isLast && value.readers == 0 && !isSource(layer) && !isOfTraining(layer);
  }

  void request(const std::string &blob) {
    const auto made = last_.find(blob);
    if (made == last_.end())
      diagnostics_.error({}, fmt::format("the net has no blob '{}'", shownName(blob)),
                         advice(blob, all_.size()));
    else if (std::ranges::count(wiring_.outputs, made->second) > 0)
      diagnostics_.error({}, fmt::format("output '{}' is there twice", shownName(blob)));
    else
      wiring_.outputs.push_back(made->second);
  }

  // For the layer of that number, which misses the blob.
  std::string advice(const std::string &blob, std::size_t number) const {
    for (std::size_t later = number + 1; later < all_.size(); ++later)
      if (std::ranges::count(all_[later].tops, blob) > 0)
        return fmt::format("{} makes it, further down; a layer stands behind those that it reads",
                           all_[later].label);
    constexpr std::size_t mostAdvice = 4000; // comparing takes its time
    std::vector<std::string_view> known;
    for (const BlobValue &value : wiring_.values)
      known.push_back(value.blob);
    return known.size() <= mostAdvice ? didYouMean(blob, known) : "";
  }

  void need() {
    for (std::size_t i = wiring_.layers.size(); i-- > 0;) {
      const WiredLayer &wired = wiring_.layers[i];
      if (!wired.isNeeded) continue;
      if (isOfTraining(wired.layer.proto))
        diagnostics_.error(
            wired.layer.where,
            fmt::format("{} belongs to training, but what it makes is needed", labelOf(wired.layer.proto)));
      for (const std::size_t value : wired.bottoms)
        layerOf(value).isNeeded = true;
    }
  }

  void findInputs(bool isWhole) {
    std::vector<bool> isRead(wiring_.values.size(), false);
    for (const WiredLayer &wired : wiring_.layers)
      for (const std::size_t value : wired.bottoms)
        if (wired.isNeeded) isRead[value] = true;
    for (const std::size_t value : wiring_.outputs)
      isRead[value] = true;
    for (std::size_t value = 0; value < wiring_.values.size(); ++value) {
      const caffe_schema::Layer &layer = layerOf(value).layer.proto;
      if (isSource(layer) && (isRead[value] || (isWhole && layer.type() == "Input")))
        wiring_.inputs.push_back(value);
    }
  }

  struct Said {
    std::string label;
    std::vector<std::string> tops;
  };

  Diagnostics &diagnostics_;
  std::vector<Said> all_; // of the net, those too that nothing is known of yet
  Wiring wiring_;
  std::unordered_map<std::string, std::size_t> last_; // value of each blob so far
};

} // namespace

bool isSource(const caffe_schema::Layer &layer) {
  return layer.bottom_size() == 0 && std::ranges::count(sources, layer.type()) > 0;
}

std::optional<Wiring> wire(std::vector<PlacedLayer> layers, const std::vector<std::string> &outputs,
                           Diagnostics &diagnostics) {
  const std::size_t earlier = diagnostics.errorCount();
  Wires wires(std::move(layers), diagnostics);
  std::optional<Wiring> wiring;
  if (diagnostics.errorCount() == earlier) wiring = wires.outputs(outputs);
  if (diagnostics.errorCount() > earlier) return std::nullopt;
  return wiring;
}

} // namespace ninc::caffe_import

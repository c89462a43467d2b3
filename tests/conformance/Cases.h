// The conformance cases: models with inputs and the outputs that ONNX expects, for every test that runs
// models, through the interpreter or compiled. How they are made: README.md in this folder.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/text/Parser.h"
#include "ir/Graph.h"
#include "ir/Tensor.h"
#include "ir/Weights.h"
#include "support/Files.h"
#include "support/Safetensors.h"

namespace ninc::conformance {

// One image: a tensor for each input of the model, and what is expected of some of its other values, the
// outputs among them.
struct Image {
  std::map<std::string, Tensor> inputs;
  std::map<std::string, Tensor> expected;
};

struct Case {
  Graph model; // parameters bound
  std::vector<Image> images;
  // How exact the expected numbers are, relative to the largest: what f32 gives, or fewer digits.
  double precision = 2e-6;
};

inline std::filesystem::path folder() {
  return std::filesystem::path(NINC_SOURCE_DIR) / "tests" / "conformance";
}

// Names of the cases in "cases" (one op each) or "networks" (whole models), sorted.
inline std::vector<std::string> caseNames(const std::string &subfolder) {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(folder() / subfolder))
    if (entry.path().extension() == ".nin") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

// The case of that name; errors are those of reading, parsing and binding.
inline Result<Case> loadCase(const std::string &subfolder, const std::string &name) {
  const std::filesystem::path path = folder() / subfolder / name;
  Result<std::string> text = readFile(path.string() + ".nin");
  if (!text) return tl::unexpected(text.error());
  Diagnostics diagnostics;
  std::optional<Graph> model = parseModel(*text, diagnostics);
  if (!model || (model->weightSource.kind != WeightSource::Kind::none &&
                 !bindWeights(*model, path.parent_path(), diagnostics)))
    return fail(render(diagnostics, name + ".nin", *text));

  Result<std::map<std::string, Array>> data = readSafetensors(path.string() + ".data.safetensors");
  if (!data) return tl::unexpected(data.error());
  Case loaded{std::move(*model), {}};
  // ONNX's author wrote these numbers down with four digits.
  if (name == "test_averagepool_2d_ceil_last_window_starts_on_pad") loaded.precision = 1e-3;
  for (auto &[key, array] : *data) { // "0.x": image 0, value x
    const std::size_t dot = key.find('.');
    const auto image = static_cast<std::size_t>(std::stoul(key.substr(0, dot)));
    const std::string value = key.substr(dot + 1);
    Value found = loaded.model.find(value);
    if (!found) return fail(name + ": the model has no value '" + value + "'");
    loaded.images.resize(std::max(loaded.images.size(), image + 1));
    Tensor tensor{std::move(array.shape), std::move(array.data)};
    auto &side =
        loaded.model.as<Input>(found.node) ? loaded.images[image].inputs : loaded.images[image].expected;
    side.emplace(value, std::move(tensor));
  }
  return loaded;
}

inline double largestMagnitude(const Tensor &tensor) {
  double largest = 0;
  for (float v : tensor.data)
    largest = std::max(largest, std::abs(static_cast<double>(v)));
  return largest;
}

// Largest |actual - expected|; infinite when the shapes differ or a number is NaN on one side.
inline double largestDifference(const Tensor &actual, const Tensor &expected) {
  if (actual.shape != expected.shape || actual.data.size() != expected.data.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < actual.data.size(); ++i) {
    const double difference = std::abs(static_cast<double>(actual.data[i]) - expected.data[i]);
    if (!(difference <= largest)) largest = std::isnan(difference) ? INFINITY : difference;
  }
  return largest;
}

} // namespace ninc::conformance

// Caffe's nets for tests: a text, and the numbers of its layers.
#pragma once

#include <string>
#include <vector>

#include "frontend/ModelFile.h"
#include "frontend/caffe/Schema.h"

namespace ninc::caffe_testing {

class CaffeNet {
public:
  explicit CaffeNet(std::string layers) : text(std::move(layers)) {}

  // The next blob of the layer, by its extents.
  CaffeNet &blob(const std::string &layer, const std::vector<std::int64_t> &dims,
                 const std::vector<float> &numbers);

  std::string text;
  caffe_schema::TrainedNet trained;
};

// `input: "x"` with these extents, and behind it the layers.
std::string net(const std::vector<std::int64_t> &dims, const std::string &layers);
// A layer that reads x and makes y, with its other fields.
std::string layer(const std::string &type, const std::string &fields = "");

// What comes of importing the file: the model, or the diagnostics as they are printed.
struct Imported {
  std::optional<ImportedModel> model;
  std::string said;
};
// `trained` are the bytes of a caffemodel; none if they are empty.
Imported import(const std::string &text, const std::string &trained, ImportOptions options = {});
Imported import(const CaffeNet &net, const ImportOptions &options = {});

// All outputs for the first input, by the reference.
std::vector<std::vector<float>> evaluateAll(const Imported &imported, const std::vector<float> &input);
// The first one.
std::vector<float> evaluate(const Imported &imported, const std::vector<float> &input);
// Of a layer that reads x and makes y, has these blobs under the name "y", and nothing else around it.
std::vector<float> evaluateLayer(const std::vector<std::int64_t> &dims, const std::string &layer,
                                 const std::vector<float> &input,
                                 const std::vector<std::vector<float>> &blobs = {});

} // namespace ninc::caffe_testing

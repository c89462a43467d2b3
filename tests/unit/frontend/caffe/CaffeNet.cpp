#include "CaffeNet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <gtest/gtest.h>

#include "frontend/caffe/CaffeModel.h"
#include "ir/interpreter/Interpreter.h"
#include "support/TemporaryFiles.h"

namespace ninc::caffe_testing {

namespace {

void setBlob(caffe_schema::Blob &blob, const std::vector<std::int64_t> &dims,
             const std::vector<float> &numbers) {
  for (const std::int64_t extent : dims)
    blob.mutable_shape()->add_dim(extent);
  for (const float number : numbers)
    blob.add_data(number);
}

} // namespace

CaffeNet &CaffeNet::blob(const std::string &layer, const std::vector<std::int64_t> &dims,
                         const std::vector<float> &numbers) {
  for (auto &each : *trained.mutable_layer())
    if (each.name() == layer) {
      setBlob(*each.add_blobs(), dims, numbers);
      return *this;
    }
  auto *added = trained.add_layer();
  added->set_name(layer);
  setBlob(*added->add_blobs(), dims, numbers);
  return *this;
}

std::string net(const std::vector<std::int64_t> &dims, const std::string &layers) {
  std::string text = "input: \"x\"\ninput_shape {";
  for (const std::int64_t extent : dims)
    text += fmt::format(" dim: {}", extent);
  return text + " }\n" + layers;
}

std::string layer(const std::string &type, const std::string &fields) {
  return fmt::format("layer {{ name: \"y\" type: \"{}\" bottom: \"x\" top: \"y\" {} }}\n", type, fields);
}

Imported import(const std::string &text, const std::string &trained, ImportOptions options) {
  static const TemporaryDirectory folder = TemporaryDirectory::create().value();
  if (!trained.empty()) {
    options.weightFile = folder.path() / "net.caffemodel";
    static std::string written; // writing takes longer than importing
    if (trained != written) std::ofstream(options.weightFile, std::ios::binary) << trained;
    written = trained;
  }
  Diagnostics diagnostics;
  Imported imported{importCaffe({"folder/n.prototxt", text}, options, diagnostics), {}};
  imported.said = render(diagnostics, "n.prototxt", text);
  EXPECT_EQ(imported.model.has_value(), !diagnostics.hasErrors());
  return imported;
}

Imported import(const CaffeNet &net, const ImportOptions &options) {
  return import(net.text, net.trained.SerializeAsString(), options);
}

std::vector<std::vector<float>> evaluateAll(const Imported &imported, const std::vector<float> &input) {
  EXPECT_TRUE(imported.model) << imported.said;
  if (!imported.model) return {};
  const Graph &graph = imported.model->graph;
  const Value value = graph.result(graph.inputs().front());
  const auto outputs = evaluateOutputs(graph, {{graph.name(value), {graph.type(value).shape, input}}});
  EXPECT_TRUE(outputs) << outputs.error().message;
  std::vector<std::vector<float>> numbers;
  if (outputs)
    for (const auto &output : *outputs)
      numbers.push_back(output.data);
  return numbers;
}

std::vector<float> evaluate(const Imported &imported, const std::vector<float> &input) {
  const auto all = evaluateAll(imported, input);
  return all.empty() ? std::vector<float>{} : all.front();
}

std::vector<float> evaluateLayer(const std::vector<std::int64_t> &dims, const std::string &layer,
                                 const std::vector<float> &input,
                                 const std::vector<std::vector<float>> &blobs) {
  CaffeNet file(net(dims, layer));
  for (const std::vector<float> &numbers : blobs) // the extents are the layer's, as those of four are
    file.blob("y", {static_cast<std::int64_t>(numbers.size())}, numbers);
  return evaluate(import(file), input);
}

} // namespace ninc::caffe_testing

// ONNX files for tests, node by node.
#pragma once

#include <string>
#include <vector>

#include "frontend/ModelFile.h"
#include "frontend/onnx/Schema.h"

namespace ninc::testing {

class OnnxFile {
public:
  explicit OnnxFile(std::int64_t opset = 17);

  // An extent of 0 is left open, "N" by name.
  OnnxFile &input(const std::string &name, const std::vector<std::int64_t> &dims);
  OnnxFile &output(const std::string &name);
  OnnxFile &weight(const std::string &name, const std::vector<std::int64_t> &dims,
                   const std::vector<float> &numbers);
  OnnxFile &weight(const std::string &name, const std::vector<std::int64_t> &numbers); // of int64

  // The node is called as its first output.
  onnx::NodeProto &node(const std::string &op, const std::vector<std::string> &inputs,
                        const std::vector<std::string> &outputs);

  std::string bytes() const { return model.SerializeAsString(); }

  onnx::ModelProto model;
};

// y = op(x), of x that shape, and its node.
OnnxFile fileOf(const std::string &op, const std::vector<std::int64_t> &dims, std::int64_t opset = 17);
onnx::NodeProto &nodeOf(OnnxFile &file);

void set(onnx::NodeProto &node, const std::string &attribute, std::int64_t value);
void set(onnx::NodeProto &node, const std::string &attribute, float value);
void set(onnx::NodeProto &node, const std::string &attribute, const std::string &value);
void set(onnx::NodeProto &node, const std::string &attribute, const std::vector<std::int64_t> &values);

// What comes of importing the file: the model, or the diagnostics as they are printed.
struct Imported {
  std::optional<ImportedModel> model;
  std::string said;
};
Imported import(const std::string &bytes, const ImportOptions &options = {});
inline Imported import(const OnnxFile &file, const ImportOptions &options = {}) {
  return import(file.bytes(), options);
}

// The first output for the first input, by the reference.
std::vector<float> evaluate(const Imported &imported, const std::vector<float> &input);

} // namespace ninc::testing

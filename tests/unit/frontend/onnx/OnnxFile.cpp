#include "OnnxFile.h"

#include <gtest/gtest.h>
#include <map>

#include "frontend/onnx/OnnxModel.h"
#include "ir/interpreter/Interpreter.h"

namespace ninc::testing {

using onnx::AttributeProto;
using onnx::TensorProto;

OnnxFile::OnnxFile(std::int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("graph");
}

OnnxFile &OnnxFile::input(const std::string &name, const std::vector<std::int64_t> &dims) {
  auto *input = model.mutable_graph()->add_input();
  input->set_name(name);
  auto *type = input->mutable_type()->mutable_tensor_type();
  type->set_elem_type(TensorProto::FLOAT);
  type->mutable_shape();
  for (std::int64_t extent : dims)
    if (auto *dim = type->mutable_shape()->add_dim(); extent == 0)
      dim->set_dim_param("N");
    else
      dim->set_dim_value(extent);
  return *this;
}

OnnxFile &OnnxFile::output(const std::string &name) {
  model.mutable_graph()->add_output()->set_name(name);
  return *this;
}

OnnxFile &OnnxFile::weight(const std::string &name, const std::vector<std::int64_t> &dims,
                           const std::vector<float> &numbers) {
  TensorProto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(TensorProto::FLOAT);
  for (std::int64_t extent : dims)
    tensor->add_dims(extent);
  for (float number : numbers)
    tensor->add_float_data(number);
  return *this;
}

OnnxFile &OnnxFile::weight(const std::string &name, const std::vector<std::int64_t> &numbers) {
  TensorProto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(TensorProto::INT64);
  tensor->add_dims(static_cast<std::int64_t>(numbers.size()));
  for (std::int64_t number : numbers)
    tensor->add_int64_data(number);
  return *this;
}

onnx::NodeProto &OnnxFile::node(const std::string &op, const std::vector<std::string> &inputs,
                                const std::vector<std::string> &outputs) {
  onnx::NodeProto *node = model.mutable_graph()->add_node();
  node->set_op_type(op);
  node->set_name(outputs[0]);
  for (const std::string &name : inputs)
    node->add_input(name);
  for (const std::string &name : outputs)
    node->add_output(name);
  return *node;
}

OnnxFile fileOf(const std::string &op, const std::vector<std::int64_t> &dims, std::int64_t opset) {
  OnnxFile file(opset);
  file.input("x", dims).output("y").node(op, {"x"}, {"y"});
  return file;
}

onnx::NodeProto &nodeOf(OnnxFile &file) {
  return *file.model.mutable_graph()->mutable_node(0);
}

namespace {

AttributeProto *add(onnx::NodeProto &node, const std::string &name, AttributeProto::AttributeType type) {
  AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return attribute;
}

} // namespace

void set(onnx::NodeProto &node, const std::string &attribute, std::int64_t value) {
  add(node, attribute, AttributeProto::INT)->set_i(value);
}
void set(onnx::NodeProto &node, const std::string &attribute, float value) {
  add(node, attribute, AttributeProto::FLOAT)->set_f(value);
}
void set(onnx::NodeProto &node, const std::string &attribute, const std::string &value) {
  add(node, attribute, AttributeProto::STRING)->set_s(value);
}
void set(onnx::NodeProto &node, const std::string &attribute, const std::vector<std::int64_t> &values) {
  AttributeProto *list = add(node, attribute, AttributeProto::INTS);
  for (std::int64_t value : values)
    list->add_ints(value);
}

Imported import(const std::string &bytes, const ImportOptions &options) {
  Diagnostics diagnostics;
  Imported imported{importOnnx({"folder/m.onnx", bytes}, options, diagnostics), {}};
  imported.said = render(diagnostics, "m.onnx", "");
  EXPECT_EQ(imported.model.has_value(), !diagnostics.hasErrors());
  return imported;
}

std::vector<float> evaluate(const Imported &imported, const std::vector<float> &input) {
  EXPECT_TRUE(imported.model) << imported.said;
  if (!imported.model) return {};
  const Graph &graph = imported.model->graph;
  const Value value = graph.result(graph.inputs().front());
  const auto outputs = evaluateOutputs(graph, {{graph.name(value), {graph.type(value).shape, input}}});
  EXPECT_TRUE(outputs) << outputs.error().message;
  return outputs ? outputs->front().data : std::vector<float>{};
}

} // namespace ninc::testing

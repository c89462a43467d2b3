// One node on its way into the graph: what functions of operators (Operators.h) are handed.
//
// A function reads inputs and attributes and gives a meaning to the outputs. The first thing that is wrong is
// reported with the node; from then on everything it asks for is empty, and what it gives is nothing. So no
// function has to look whether the last step went well.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/onnx/Attributes.h"
#include "frontend/onnx/GraphBuilder.h"
#include "frontend/onnx/Meaning.h"
#include "frontend/onnx/constants/ReadTensor.h"
#include "support/Diagnostics.h"

namespace ninc::onnx_import {

class NodeImport {
public:
  // `inputs` are null where the node leaves one out.
  NodeImport(const onnx::NodeProto &node, std::int64_t opset, std::vector<const Meaning *> inputs,
             GraphBuilder &builder, Diagnostics &diagnostics);

  const std::int64_t opset;
  Attributes attributes;

  const std::string &operatorName() const { return node_.op_type(); }
  bool isSplit() const { return builder_.isSplit(); }
  std::size_t firstOwn() const { return builder_.firstOwn(); }
  bool failed() const { return failed_; }

  // ---- inputs
  std::size_t inputCount() const { return inputs_.size(); }
  bool has(std::size_t input) const { return input < inputs_.size() && inputs_[input]; }
  // An input that must be there.
  const Meaning &input(std::size_t input);
  // One whose numbers must be known: "its weights".
  Literal constant(std::size_t input, std::string_view what);
  // The same, as integers.
  std::vector<std::int64_t> integers(std::size_t input, std::string_view what);

  // An axis of that many dimensions, counted from behind if it is negative.
  std::size_t axis(std::int64_t axis, std::size_t rank);
  // `axes` of an attribute, or of an input in later opsets; all are in range and none is there twice.
  std::optional<std::vector<std::size_t>> axes(std::size_t input, std::size_t rank);

  // ---- outputs
  std::size_t outputCount() const { return outputs_.size(); }
  bool wants(std::size_t output) const;
  void give(Meaning meaning, std::size_t output = 0);
  void give(Value value, Dims dims, std::size_t output = 0) {
    give({std::move(dims), std::nullopt, value}, output);
  }
  std::vector<std::optional<Meaning>> &outputs() { return outputs_; }

  // Whether numbers of these extents may be made; the limit is for all constants of a model together, so that
  // a few bytes of a file can't ask for all memory.
  bool roomFor(const Dims &dims);
  std::optional<Literal> read(const onnx::TensorProto &tensor);

  // ---- the graph
  Value append(Op op, std::vector<Value> operands);
  Value reshape(Value value, const Shape &shape);
  Value constantValue(const Literal &literal, Shape shape);
  // The value of an input; one whose numbers are known becomes a constant.
  Value value(std::size_t input);
  Shape shapeOf(const Dims &dims) const { return builder_.shapeOf(dims); }
  GraphBuilder &builder() { return builder_; }

  // ---- what is wrong
  void refuse(std::string message, std::string help = {});
  // What the operator does would mix the images of a batch: the graph has none.
  void mixImages();
  // The graph's number of a dimension of the file, for an operator that does something along it. None for the
  // batch: that would mix images.
  std::optional<std::size_t> ownAxis(std::size_t axis);
  bool mixesImages() const { return mixesImages_; }

private:
  // The numbers of a constant, which are finite in a graph: infinities as the largest floats.
  Literal withinFloats(const Literal &literal);

  const onnx::NodeProto &node_;
  std::vector<const Meaning *> inputs_;
  std::vector<std::optional<Meaning>> outputs_;
  GraphBuilder &builder_;
  Diagnostics &diagnostics_;
  bool failed_ = false;
  bool mixesImages_ = false;
};

} // namespace ninc::onnx_import

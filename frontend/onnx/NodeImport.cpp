#include "frontend/onnx/NodeImport.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "frontend/onnx/ReadModel.h"

namespace ninc::onnx_import {

namespace {

const Meaning nothing{};

} // namespace

NodeImport::NodeImport(const onnx::NodeProto &node, std::int64_t operatorSet,
                       std::vector<const Meaning *> inputs, GraphBuilder &builder, Diagnostics &diagnostics)
    : opset(operatorSet), attributes(node), node_(node), inputs_(std::move(inputs)),
      outputs_(static_cast<std::size_t>(node.output_size())), builder_(builder), diagnostics_(diagnostics) {
  // Until opset 5: which of its inputs an operator may overwrite.
  attributes.pass("consumed_inputs");
}

void NodeImport::refuse(std::string message, std::string help) {
  if (!failed_) diagnostics_.errorAt(labelOf(node_), std::move(message), std::move(help));
  failed_ = true;
}

void NodeImport::mixImages() {
  mixesImages_ = failed_ = true;
}

std::optional<std::size_t> NodeImport::ownAxis(std::size_t axis) {
  if (axis >= firstOwn()) return axis - firstOwn();
  mixImages();
  return std::nullopt;
}

// ---- inputs

const Meaning &NodeImport::input(std::size_t input) {
  if (has(input)) return *inputs_[input];
  refuse(fmt::format("it has no input number {}", input));
  return nothing;
}

Literal NodeImport::constant(std::size_t input, std::string_view what) {
  const Meaning &meaning = this->input(input);
  if (meaning.literal) return *meaning.literal;
  refuse(fmt::format(
      "{} ('{}') must be known when the model is compiled, but {} computed from the model's inputs", what,
      input < inputs_.size() ? shownName(node_.input(static_cast<int>(input))) : "", "is"));
  return makeReals({0}, {});
}

std::vector<std::int64_t> NodeImport::integers(std::size_t input, std::string_view what) {
  const Literal literal = constant(input, what);
  if (!failed_ && literal.isReal()) refuse(fmt::format("{} must be integers, not floats", what));
  return failed_ ? std::vector<std::int64_t>{} : literal.integers();
}

std::size_t NodeImport::axis(std::int64_t axis, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count) {
    refuse(fmt::format("axis {} is none of {} dimensions", axis, rank));
    return 0;
  }
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

std::optional<std::vector<std::size_t>> NodeImport::axes(std::size_t input, std::size_t rank) {
  std::optional<std::vector<std::int64_t>> given = attributes.integers("axes");
  if (has(input)) given = integers(input, "its axes");
  if (!given) return std::nullopt;
  std::vector<std::size_t> sorted;
  for (std::int64_t each : *given)
    sorted.push_back(axis(each, rank));
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) refuse("one of its axes is there twice");
  return sorted;
}

// ---- outputs

bool NodeImport::wants(std::size_t output) const {
  return output < outputs_.size() && !node_.output(static_cast<int>(output)).empty();
}

void NodeImport::give(Meaning meaning, std::size_t output) {
  if (!failed_ && output < outputs_.size()) outputs_[output] = std::move(meaning);
}

bool NodeImport::roomFor(const Dims &dims) {
  std::int64_t count = 0;
  if (failed_) return false;
  if (countElements(dims, count) && builder_.roomForConstants.take(count)) return true;
  refuse(fmt::format("it makes a constant of {}, which with the others is more than {} numbers", textOf(dims),
                     builder_.roomForConstants.most()));
  return false;
}

std::optional<Literal> NodeImport::read(const onnx::TensorProto &tensor) {
  Result<Literal> literal = builder_.tensors.read(tensor);
  if (literal) {
    builder_.roomForConstants.hasRead(literal->count());
    return *literal;
  }
  refuse(literal.error().message);
  return std::nullopt;
}

// ---- the graph

Value NodeImport::append(Op op, std::vector<Value> operands) {
  if (failed_ || std::ranges::any_of(operands, [](Value value) { return !value; })) return {};
  const std::string base = identifierLike(node_.output_size() > 0 ? node_.output(0) : node_.op_type());
  Result<Value> value = builder_.append(std::move(op), std::move(operands), base + "_part");
  if (value) return *value;
  refuse(value.error().message);
  return {};
}

Value NodeImport::reshape(Value value, const Shape &shape) {
  if (failed_ || !value || builder_.graph.type(value).shape == shape) return value;
  return append(shape.size() == 1 ? Op(Flatten{}) : Op(Reshape{shape}), {value});
}

Value NodeImport::constantValue(const Literal &literal, Shape shape) {
  if (failed_) return {};
  if (Result<void> fits = checkShape(shape); !fits) {
    refuse(fits.error().message);
    return {};
  }
  Constant constant{shape, parameterOf(withinFloats(literal), shape)};
  return append(std::move(constant), {});
}

// As a mask in front of a softmax: adding the least there is does what adding minus infinity does.
Literal NodeImport::withinFloats(const Literal &literal) {
  const auto isInfinite = [](float number) { return std::isinf(number); };
  if (!literal.isReal() || std::ranges::none_of(literal.reals(), isInfinite)) return literal;
  diagnostics_.remark(
      "import", {},
      fmt::format("{}: infinities among what it computes with are the largest floats there are",
                  labelOf(node_)));
  std::vector<float> numbers = literal.reals();
  for (float &number : numbers)
    if (isInfinite(number)) number = std::copysign(std::numeric_limits<float>::max(), number);
  return makeReals(literal.dims, std::move(numbers));
}

Value NodeImport::value(std::size_t input) {
  const Meaning &meaning = this->input(input);
  if (!meaning.literal || failed_) return failed_ ? Value{} : meaning.value;
  if (!meaning.literal->isReal()) {
    refuse(
        fmt::format("it computes with {} numbers; of what isn't known when the model is compiled, floats are "
                    "computed with",
                    spellingOf(meaning.literal->kind)));
    return {};
  }
  // The same numbers for all images; where there is one, it is the batch.
  const bool isBatch = !meaning.dims.empty() && meaning.dims[0] == 1 && builder_.batch() == 1;
  if (isSplit() && !isBatch) mixImages();
  return constantValue(*meaning.literal, shapeOf(meaning.dims));
}

} // namespace ninc::onnx_import

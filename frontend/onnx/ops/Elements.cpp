// Functions of one element: those of the graph's table, and those that are made of them.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Arithmetic.h"

namespace ninc::onnx_import {

namespace {

constexpr float largest = std::numeric_limits<float>::max();

// ---- rows of the table

struct Row {
  std::string_view name;
  UnaryKind kind;
  // ONNX's names of the function's numbers, and what they are where nobody says so.
  std::array<NamedNumber, 2> numbers{};
};

constexpr Row rows[] = {
    {"Relu", UnaryKind::relu},
    {"LeakyRelu", UnaryKind::leakyRelu, {{{"alpha", 0.01f}}}},
    {"Sigmoid", UnaryKind::sigmoid},
    {"Tanh", UnaryKind::tanh},
    {"Abs", UnaryKind::abs},
    {"Neg", UnaryKind::neg},
    {"Exp", UnaryKind::exp},
    {"Log", UnaryKind::log},
    {"Sqrt", UnaryKind::sqrt},
    {"Erf", UnaryKind::erf},
    {"HardSigmoid", UnaryKind::hardSigmoid, {{{"alpha", 0.2f}, {"beta", 0.5f}}}},
    {"HardSwish", UnaryKind::hardSwish},
    {"Elu", UnaryKind::elu, {{{"alpha", 1}}}},
    {"Softplus", UnaryKind::softplus},
    {"Floor", UnaryKind::floor},
    {"Ceil", UnaryKind::ceil},
    {"Round", UnaryKind::round},
    {"Sign", UnaryKind::sign},
    {"Sin", UnaryKind::sin},
    {"Cos", UnaryKind::cos},
};

void function(NodeImport &node) {
  const auto row = std::ranges::find(rows, node.operatorName(), &Row::name);
  Unary unary = usual(row->kind);
  for (std::size_t i = 0; i < row->numbers.size(); ++i)
    if (const NamedNumber &number = row->numbers[i]; !number.name.empty())
      unary.numbers[i] = node.attributes.real(number.name, number.usual);
  node.give(applied(node, unary, node.input(0)));
}

void gelu(NodeImport &node) {
  const bool isTanh = node.attributes.text("approximate", "none") == "tanh";
  node.give(applied(node, usual(isTanh ? UnaryKind::geluTanh : UnaryKind::gelu), node.input(0)));
}

// ---- bounds

// A bound of Clip, if it is one number; beyond every float is no bound.
float bound(NodeImport &node, std::size_t input, std::string_view name, float otherwise) {
  float number = node.attributes.real(name, otherwise);
  if (node.has(input)) {
    const Literal literal = node.constant(input, "its bound");
    if (!node.failed() && literal.count() != 1) node.refuse("its bound is more than one number");
    if (!node.failed()) number = static_cast<float>(literal.real(0));
  }
  return std::isnan(number) ? otherwise : std::clamp(number, -largest, largest);
}

void clip(NodeImport &node) {
  Meaning x = node.input(0);
  // A bound that is computed is one more operand.
  if (node.has(1) && !node.input(1).literal) x = combined(node, BinaryKind::max, x, node.input(1));
  const bool lowerDone = node.has(1) && !node.input(1).literal;
  const bool upperDone = node.has(2) && !node.input(2).literal;
  const float low = lowerDone ? -largest : bound(node, 1, "min", -largest);
  const float high = upperDone ? largest : bound(node, 2, "max", largest);
  // Where they cross, the upper one counts.
  if (low > -largest || high < largest) {
    Unary unary = usual(UnaryKind::clip);
    unary.numbers = {std::min(low, high), high};
    x = applied(node, unary, x);
  }
  if (upperDone) x = combined(node, BinaryKind::min, x, node.input(2));
  node.give(x);
}

// ---- compositions

// x f(x)
Meaning gated(NodeImport &node, const Meaning &x, const Meaning &gate) {
  return combined(node, BinaryKind::mul, x, gate);
}

void swish(NodeImport &node) {
  const float alpha = node.attributes.real("alpha", 1);
  const Meaning x = node.input(0), inner = alpha == 1 ? x : combined(node, BinaryKind::mul, x, alpha);
  node.give(gated(node, x, applied(node, usual(UnaryKind::sigmoid), inner)));
}

void mish(NodeImport &node) {
  const Meaning x = node.input(0), softplus = applied(node, usual(UnaryKind::softplus), x);
  node.give(gated(node, x, applied(node, usual(UnaryKind::tanh), softplus)));
}

void softsign(NodeImport &node) {
  const Meaning x = node.input(0), size = applied(node, usual(UnaryKind::abs), x);
  node.give(combined(node, BinaryKind::div, x, combined(node, BinaryKind::add, size, 1)));
}

void reciprocal(NodeImport &node) {
  node.give(combined(node, BinaryKind::div, meaningOf(makeReals({}, {1})), node.input(0)));
}

void selu(NodeImport &node) {
  Unary elu = usual(UnaryKind::elu);
  elu.numbers[0] = node.attributes.real("alpha", 1.67326319217681884765625f);
  const float gamma = node.attributes.real("gamma", 1.05070102214813232421875f);
  node.give(combined(node, BinaryKind::mul, applied(node, elu, node.input(0)), gamma));
}

// max(0, x) + min(0, alpha (exp(x / alpha) - 1)) = alpha elu(x / alpha)
void celu(NodeImport &node) {
  const float alpha = node.attributes.real("alpha", 1);
  if (!(alpha > 0)) return node.refuse(fmt::format("its alpha is {}; above 0 is supported", alpha));
  const Meaning scaled = combined(node, BinaryKind::div, node.input(0), alpha);
  node.give(combined(node, BinaryKind::mul, applied(node, usual(UnaryKind::elu), scaled), alpha));
}

// x where x > alpha: 0 times it elsewhere.
void thresholdedRelu(NodeImport &node) {
  const float alpha = node.attributes.real("alpha", 1);
  Unary step = usual(UnaryKind::clip);
  step.numbers = {0, 1};
  const Meaning x = node.input(0), above = combined(node, BinaryKind::sub, x, alpha);
  node.give(gated(node, x, applied(node, step, applied(node, usual(UnaryKind::sign), above))));
}

// max(0, x) + slope min(0, x); with a number a channel of maps that are [C, ...] here the graph's own op.
void prelu(NodeImport &node) {
  const Meaning &x = node.input(0), &given = node.input(1);
  if (node.failed()) return;
  Meaning slope = given;
  const bool isChannel =
      slope.literal && x.dims.size() >= 2 && static_cast<std::int64_t>(slope.literal->count()) == x.dims[1];
  if (isChannel && slope.dims.size() == 1 &&
      node.opset < 7) { // a number a channel, before slopes were broadcast
    slope.dims.insert(slope.dims.end(), x.dims.size() - 2, 1);
    slope.literal->dims = slope.dims;
  }
  const bool liesAlongChannels = isChannel && slope.dims.size() + 1 >= x.dims.size() &&
                                 slope.dims[slope.dims.size() + 1 - x.dims.size()] == x.dims[1];
  if (node.isSplit() && liesAlongChannels) {
    const Value value = node.append(Prelu{parameterOf(*slope.literal, {x.dims[1]})}, {x.value});
    return node.give(value, x.dims);
  }
  Unary atMost0 = usual(UnaryKind::clip);
  atMost0.numbers = {-largest, 0};
  const Meaning negative = combined(node, BinaryKind::mul, applied(node, atMost0, x), slope);
  node.give(combined(node, BinaryKind::add, applied(node, usual(UnaryKind::relu), x), negative));
}

// ---- nothing

void same(NodeImport &node) {
  for (const char *of : {"ratio", "seed", "is_test"}) // of a dropout, which only training does
    node.attributes.pass(of);
  if (node.has(2))
    if (const Literal trains = node.constant(2, "whether it trains");
        trains.count() > 0 && trains.real(0) != 0)
      return node.refuse("it is a dropout in training mode", "export the model for inference");
  node.give(node.input(0));
}

constexpr Operator table[] = {
    {"Relu", function},
    {"LeakyRelu", function},
    {"Sigmoid", function},
    {"Tanh", function},
    {"Abs", function},
    {"Neg", function},
    {"Exp", function},
    {"Log", function},
    {"Sqrt", function},
    {"Erf", function},
    {"HardSigmoid", function},
    {"HardSwish", function},
    {"Elu", function},
    {"Softplus", function},
    {"Floor", function},
    {"Ceil", function},
    {"Round", function},
    {"Sign", function},
    {"Sin", function},
    {"Cos", function},
    {"Gelu", gelu},
    {"Clip", clip},
    {"Swish", swish},
    {"Mish", mish},
    {"Softsign", softsign},
    {"Reciprocal", reciprocal},
    {"Selu", selu},
    {"Celu", celu},
    {"ThresholdedRelu", thresholdedRelu},
    {"PRelu", prelu},
    {"Identity", same},
    {"Dropout", same},
};

} // namespace

std::span<const Operator> elementOperators() {
  return table;
}

} // namespace ninc::onnx_import

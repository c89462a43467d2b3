#include "frontend/onnx/ops/Arithmetic.h"

#include <cmath>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"

namespace ninc::onnx_import {

namespace {

// Before opset 7 the second operand stretched only where it was told to, and was put at an axis.
Dims placed(NodeImport &node, const Dims &first, const Dims &second) {
  const bool stretches = node.attributes.integer("broadcast", 0) != 0;
  const auto rank = static_cast<std::int64_t>(first.size()), own = static_cast<std::int64_t>(second.size());
  const std::int64_t given = node.attributes.integer("axis", rank - own);
  if (!stretches) {
    if (first != second)
      node.refuse(
          fmt::format("{} and {} differ, and it isn't told to stretch one", textOf(first), textOf(second)));
    return second;
  }
  const std::int64_t axis = given < 0 ? given + rank : given;
  if (own > rank || axis < 0 || axis + own > rank) {
    node.refuse(fmt::format("{} doesn't lie in {} from axis {} on", textOf(second), textOf(first), given));
    return second;
  }
  Dims dims = second;
  dims.insert(dims.end(), static_cast<std::size_t>(rank - own - axis), 1);
  return dims;
}

void giveCombined(NodeImport &node, BinaryKind kind, const Meaning &a, Meaning b) {
  if (node.opset < 7 && !node.failed()) {
    const Dims dims = placed(node, a.dims, b.dims);
    if (b.literal)
      b = meaningOf(withDims(*b.literal, dims));
    else if (dims != b.dims)
      b = {dims, std::nullopt, node.isSplit() ? Value{} : node.reshape(b.value, node.shapeOf(dims))};
    if (!b.literal && !b.value && !node.failed()) return node.mixImages();
  }
  node.give(combined(node, kind, a, b));
}

template <BinaryKind kind>
void binary(NodeImport &node) {
  const Meaning a = operandOf(node, 0);
  giveCombined(node, kind, a, operandOf(node, 1));
}

// Of any number of operands.
template <BinaryKind kind>
Meaning chained(NodeImport &node) {
  Meaning sum = operandOf(node, 0);
  for (std::size_t i = 1; i < node.inputCount(); ++i)
    sum = combined(node, kind, sum, operandOf(node, i));
  if (sum.literal && !node.failed() && node.inputCount() > 1)
    node.refuse("all of its inputs are known numbers");
  return sum;
}

template <BinaryKind kind>
void variadic(NodeImport &node) {
  node.give(chained<kind>(node));
}

void mean(NodeImport &node) {
  const Meaning sum = chained<BinaryKind::add>(node);
  const double count = static_cast<double>(node.inputCount());
  node.give(count > 1 ? combined(node, BinaryKind::div, sum, count) : sum);
}

// How many times a base is multiplied for an exponent, in halves; none where that is no way to compute the
// power.
std::optional<int> halvesOf(const Literal &exponent) {
  if (exponent.count() == 0) return std::nullopt;
  const double p = exponent.real(0), halves = std::abs(p) * 2;
  for (std::size_t i = 0; i < exponent.count(); ++i)
    if (exponent.real(i) != p) return std::nullopt;
  if (halves != std::floor(halves) || halves < 1 || halves > 16) return std::nullopt;
  return static_cast<int>(halves);
}

// By multiplications and a root where there are few: those are as right as can be.
Meaning multiplied(NodeImport &node, const Meaning &x, int halves, bool inverts) {
  std::optional<Meaning> result;
  if (halves % 2 == 1) result = applied(node, usual(UnaryKind::sqrt), x);
  for (int i = 0; i < halves / 2; ++i)
    result = result ? combined(node, BinaryKind::mul, *result, x) : x;
  return inverts ? combined(node, BinaryKind::div, meaningOf(makeReals({}, {1})), *result) : *result;
}

void power(NodeImport &node) {
  const Meaning x = operandOf(node, 0);
  Meaning exponent = operandOf(node, 1);
  if (node.failed()) return;
  const bool isOne =
      exponent.literal && exponent.dims.size() <= x.dims.size() && exponent.literal->count() == 1;
  if (const std::optional<int> halves = isOne ? halvesOf(*exponent.literal) : std::nullopt) {
    node.attributes.pass("broadcast");
    node.attributes.pass("axis");
    return node.give(multiplied(node, x, *halves, exponent.literal->real(0) < 0));
  }
  // A power has the base's type, and whole exponents are numbers like others.
  if (exponent.literal && !exponent.literal->isReal()) {
    std::vector<float> numbers;
    for (std::size_t i = 0; i < exponent.literal->count(); ++i)
      numbers.push_back(static_cast<float>(exponent.literal->real(i)));
    exponent = meaningOf(makeReals(exponent.dims, std::move(numbers)));
  }
  giveCombined(node, BinaryKind::pow, x, exponent);
}

constexpr Operator table[] = {
    {"Add", binary<BinaryKind::add>},
    {"Sub", binary<BinaryKind::sub>},
    {"Mul", binary<BinaryKind::mul>},
    {"Div", binary<BinaryKind::div>},
    {"Min", variadic<BinaryKind::min>},
    {"Max", variadic<BinaryKind::max>},
    {"Sum", variadic<BinaryKind::add>},
    {"Mean", mean},
    {"Pow", power},
};

} // namespace

Meaning operandOf(NodeImport &node, std::size_t input) {
  return node.input(input);
}

Value aligned(NodeImport &node, const Meaning &operand, std::size_t rank) {
  Dims dims = operand.dims;
  dims.insert(dims.begin(), rank - dims.size(), 1);
  if (!operand.literal) {
    if (node.isSplit() && operand.dims.size() != rank) { // its images would lie along another dimension
      node.mixImages();
      return {};
    }
    return node.reshape(operand.value, node.shapeOf(dims));
  }
  if (!operand.literal->isReal()) {
    node.refuse(fmt::format("it computes with known {} numbers and floats; floats alone are supported",
                            spellingOf(operand.literal->kind)));
    return {};
  }
  if (node.isSplit() && (rank == 0 || dims[0] != 1)) { // numbers that differ from image to image
    node.mixImages();
    return {};
  }
  return node.constantValue(*operand.literal, node.shapeOf(dims));
}

Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, const Meaning &b) {
  if (node.failed()) return {};
  const std::optional<Dims> dims = broadcast(a.dims, b.dims);
  if (!dims) {
    node.refuse(fmt::format("{} and {} don't stretch to one another", textOf(a.dims), textOf(b.dims)));
    return {};
  }
  const Value left = aligned(node, a, dims->size()), right = aligned(node, b, dims->size());
  return {*dims, std::nullopt, node.append(Binary{kind}, {left, right})};
}

Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, double number) {
  return combined(node, kind, a, meaningOf(makeReals({}, {static_cast<float>(number)})));
}

Meaning applied(NodeImport &node, Unary function, const Meaning &x) {
  if (node.failed()) return {};
  if (!x.literal) return {x.dims, std::nullopt, node.append(function, {x.value})};
  std::vector<float> numbers;
  for (std::size_t i = 0; i < x.literal->count(); ++i)
    numbers.push_back(static_cast<float>(valueOf(function, x.literal->real(i))));
  return meaningOf(makeReals(x.dims, std::move(numbers)));
}

std::span<const Operator> arithmeticOperators() {
  return table;
}

} // namespace ninc::onnx_import

// What makes numbers out of a few: constants, ranges, other types.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "frontend/onnx/constants/Evaluators.h"
#include "frontend/onnx/constants/View.h"

namespace ninc::onnx_import {

namespace {

// In all of the forms in which a node can say its numbers.
void constant(NodeImport &node) {
  Attributes &attributes = node.attributes;
  if (const onnx::TensorProto *tensor = attributes.tensor("value")) {
    if (const std::optional<Literal> literal = node.read(*tensor)) node.give(meaningOf(*literal));
  } else if (attributes.has("value_float")) {
    node.give(meaningOf(makeReals({}, {attributes.real("value_float", 0)})));
  } else if (attributes.has("value_int")) {
    node.give(meaningOf(makeIntegers({}, {attributes.integer("value_int", 0)})));
  } else if (auto reals = attributes.reals("value_floats")) {
    const auto count = static_cast<std::int64_t>(reals->size());
    node.give(meaningOf(makeReals({count}, std::move(*reals))));
  } else if (auto integers = attributes.integers("value_ints")) {
    const auto count = static_cast<std::int64_t>(integers->size());
    node.give(meaningOf(makeIntegers({count}, std::move(*integers))));
  } else {
    node.refuse("its value is none of numbers in a dense tensor",
                "texts and sparse tensors aren't supported");
  }
}

void constantOfShape(NodeImport &node) {
  Dims dims = node.integers(0, "its shape");
  Literal value = makeReals({1}, {0});
  if (const onnx::TensorProto *tensor = node.attributes.tensor("value"))
    value = node.read(*tensor).value_or(value);
  if (node.failed() || !node.roomFor(dims)) return;
  if (value.count() != 1) return node.refuse("its value is more than one number");
  node.give(meaningOf(view(value, dims, 0, Dims(dims.size(), 0))));
}

void range(NodeImport &node) {
  const Literal start = node.constant(0, "its start"), limit = node.constant(1, "its limit"),
                step = node.constant(2, "its step");
  if (node.failed()) return;
  if (start.count() != 1 || limit.count() != 1 || step.count() != 1 || step.real(0) == 0)
    return node.refuse("a range has a start, a limit and a step other than 0, a number each");
  const double count = std::max(0.0, std::ceil((limit.real(0) - start.real(0)) / step.real(0)));
  if (!(count < 1e9)) return node.refuse("the range has too many numbers");
  const Dims dims{static_cast<std::int64_t>(count)};
  if (!node.roomFor(dims)) return;
  if (start.isReal()) {
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < dims[0]; ++i)
      numbers.push_back(static_cast<float>(start.real(0) + static_cast<double>(i) * step.real(0)));
    return node.give(meaningOf(makeReals(dims, std::move(numbers))));
  }
  std::vector<std::int64_t> numbers;
  if (limit.isReal() || step.isReal())
    return node.refuse("its start is an integer, and its limit or step isn't");
  for (std::int64_t i = 0; i < dims[0]; ++i)
    numbers.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(start.integers()[0]) +
                                                static_cast<std::uint64_t>(i) *
                                                    static_cast<std::uint64_t>(step.integers()[0])));
  node.give(meaningOf(makeIntegers(dims, std::move(numbers))));
}

void castTo(NodeImport &node) {
  const std::int64_t type = node.attributes.integer("to", 0);
  node.attributes.pass("saturate");
  Result<NumberKind> kind = kindOf(static_cast<std::int32_t>(std::clamp<std::int64_t>(type, -1, 1 << 20)));
  if (!kind) return node.refuse(kind.error().message);
  if (!node.failed() && node.roomFor(node.input(0).dims))
    node.give(meaningOf(converted(*node.input(0).literal, *kind)));
}

void castLike(NodeImport &node) {
  node.attributes.pass("saturate");
  const NumberKind kind = node.constant(1, "what its type is like").kind;
  if (!node.failed() && node.roomFor(node.input(0).dims))
    node.give(meaningOf(converted(*node.input(0).literal, kind)));
}

// Whole numbers that stand for scaled ones, a scale for all or one along an axis.
void dequantize(NodeImport &node) {
  const Literal x = node.constant(0, "what it scales"), scale = node.constant(1, "its scale");
  std::optional<Literal> zero;
  if (node.has(2)) zero = node.constant(2, "its zero point");
  const std::int64_t given = node.attributes.integer("axis", 1);
  const bool isWhole = scale.count() == 1;
  const std::size_t axis = isWhole ? 0 : node.axis(given, x.dims.size());
  if (node.failed() || !node.roomFor(x.dims)) return;
  if (!isWhole && (scale.dims.size() != 1 || scale.dims[0] != x.dims[axis]))
    return node.refuse(fmt::format("its scales {} are neither one number nor one along axis {} of {}",
                                   textOf(scale.dims), axis, textOf(x.dims)));
  if (zero && zero->count() != scale.count()) return node.refuse("it has as many zero points as scales");
  const std::int64_t step = isWhole ? 1 : stridesOf(x.dims)[axis];
  std::vector<float> numbers;
  for (std::size_t i = 0; i < x.count(); ++i) {
    const std::size_t at =
        isWhole ? 0 : static_cast<std::size_t>(static_cast<std::int64_t>(i) / step % scale.dims[0]);
    numbers.push_back(static_cast<float>((x.real(i) - (zero ? zero->real(at) : 0)) * scale.real(at)));
  }
  node.give(meaningOf(makeReals(x.dims, std::move(numbers))));
}

constexpr Operator table[] = {
    {"Constant", constant}, {"ConstantOfShape", constantOfShape}, {"Range", range}, {"Cast", castTo},
    {"CastLike", castLike}, {"DequantizeLinear", dequantize},
};

} // namespace

std::span<const Operator> sourceEvaluators() {
  return table;
}

} // namespace ninc::onnx_import

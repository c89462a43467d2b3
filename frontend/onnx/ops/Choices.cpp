// Operators that say where an element is.
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Arithmetic.h"

namespace ninc::onnx_import {

namespace {

void choose(NodeImport &node, const Meaning &x) {
  const std::size_t along = node.axis(node.attributes.integer("axis", 0), x.dims.size());
  ArgMax op;
  op.keepsAxis = node.attributes.integer("keepdims", 1) != 0;
  op.takesLast = node.attributes.integer("select_last_index", 0) != 0;
  if (node.failed()) return;
  const std::optional<std::size_t> axis = node.ownAxis(along);
  if (!axis) return;
  op.axis = static_cast<std::int64_t>(*axis);
  Dims dims = x.dims;
  dims[along] = 1;
  if (!op.keepsAxis) dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(along));
  node.give(node.append(op, {x.value}), dims);
}

void argMax(NodeImport &node) {
  const Value value = node.value(0);
  choose(node, {node.input(0).dims, std::nullopt, value});
}

// The smallest element is the largest of the negatives.
void argMin(NodeImport &node) {
  const Value value = node.value(0);
  choose(node, applied(node, usual(UnaryKind::neg), {node.input(0).dims, std::nullopt, value}));
}

// How many: an attribute before opset 10, then an input.
std::optional<std::int64_t> countOf(NodeImport &node) {
  if (node.opset < 10) return node.attributes.integer("k", 0);
  const std::vector<std::int64_t> k = node.integers(1, "its K");
  if (node.failed()) return std::nullopt;
  if (k.size() == 1) return k[0];
  node.refuse(fmt::format("its K has {} numbers, not one", k.size()));
  return std::nullopt;
}

// Values, and where they are; the smallest are the largest of the negatives. Which order elements come in
// where none is asked for isn't said, so it is this one.
void topK(NodeImport &node) {
  const Dims &shape = node.input(0).dims;
  const std::size_t along = node.axis(node.attributes.integer("axis", -1), shape.size());
  const bool takesLargest = node.attributes.integer("largest", 1) != 0;
  static_cast<void>(node.attributes.integer("sorted", 1));
  const std::optional<std::int64_t> count = countOf(node);
  const Value value = node.value(0);
  if (node.failed() || !count) return;
  const std::optional<std::size_t> axis = node.ownAxis(along);
  if (!axis) return;
  Dims dims = shape;
  dims[along] = *count;
  const Meaning x{shape, std::nullopt, value};
  const Value from = takesLargest ? value : applied(node, usual(UnaryKind::neg), x).value;
  const Value numbers = node.append(TopK{*count, static_cast<std::int64_t>(*axis)}, {from});
  if (!numbers) return;
  const Meaning elements{dims, std::nullopt, Value{numbers.node, 1}};
  if (node.wants(0)) node.give(takesLargest ? elements : applied(node, usual(UnaryKind::neg), elements));
  if (node.wants(1)) node.give(numbers, dims, 1);
}

constexpr Operator table[] = {{"ArgMax", argMax}, {"ArgMin", argMin}, {"TopK", topK}};

} // namespace

std::span<const Operator> choosingOperators() {
  return table;
}

} // namespace ninc::onnx_import

// Operators that say where an element is.
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

constexpr Operator table[] = {{"ArgMax", argMax}, {"ArgMin", argMin}};

} // namespace

std::span<const Operator> choosingOperators() {
  return table;
}

} // namespace ninc::onnx_import

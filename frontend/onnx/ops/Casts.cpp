// Numbers of another type. What is computed is f32, whatever float type the file says; truths are 0 and 1 of
// it.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/ops/Arithmetic.h"

namespace ninc::onnx_import {

namespace {

bool isInteger(NodeImport &node, const Meaning &x) {
  return x.value && node.builder().graph.type(x.value).element == ElementType::i64; // of an ArgMax
}

// All but 0, a NaN among it.
Meaning truthOf(NodeImport &node, const Meaning &x) {
  Meaning truth = x;
  if (!x.isTruth)
    truth = combined(node, BinaryKind::sub, meaningOf(makeReals({}, {1})),
                     combined(node, BinaryKind::equal, x, 0));
  truth.isTruth = true;
  return truth;
}

void giveAs(NodeImport &node, NumberKind kind) {
  Meaning x = node.input(0);
  if (node.failed()) return;
  if (x.literal) {
    if (node.roomFor(x.dims)) node.give(meaningOf(converted(*x.literal, kind)));
    return;
  }
  if (isInteger(node, x))
    return node.refuse("it casts numbers of elements, which are int64 and can only be an output");
  if (kind == NumberKind::boolean) return node.give(truthOf(node, x));
  if (kind == NumberKind::integer)
    return node.refuse(fmt::format(
        "it makes {} numbers of floats that aren't known when the model is compiled", spellingOf(kind)));
  x.isTruth = false;
  node.give(std::move(x));
}

void cast(NodeImport &node) {
  const std::int64_t type = node.attributes.integer("to", 0);
  node.attributes.pass("saturate");
  node.attributes.pass("round_mode"); // to types of 8 bits
  const Result<NumberKind> kind =
      kindOf(static_cast<std::int32_t>(std::clamp<std::int64_t>(type, -1, 1 << 20)));
  if (!kind) return node.refuse(kind.error().message);
  if (type == onnx::TensorProto::INT64 && isInteger(node, node.input(0))) return node.give(node.input(0));
  giveAs(node, *kind);
}

void castLike(NodeImport &node) {
  node.attributes.pass("saturate");
  node.attributes.pass("round_mode");
  const Meaning &like = node.input(1);
  const NumberKind kind = like.literal            ? like.literal->kind
                          : like.isTruth          ? NumberKind::boolean
                          : isInteger(node, like) ? NumberKind::integer
                                                  : NumberKind::real;
  giveAs(node, kind);
}

constexpr Operator table[] = {{"Cast", cast}, {"CastLike", castLike}};

} // namespace

std::span<const Operator> castingOperators() {
  return table;
}

} // namespace ninc::onnx_import

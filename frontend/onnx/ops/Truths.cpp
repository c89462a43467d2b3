// Truths: comparisons of floats, what is made of them, and choices by them. A truth that is computed is an
// element of 0 or 1, so all that moves elements moves truths too.
#include <algorithm>
#include <fmt/format.h>

#include "frontend/onnx/Operators.h"
#include "frontend/onnx/constants/View.h"
#include "frontend/onnx/ops/Arithmetic.h"

namespace ninc::onnx_import {

namespace {

Meaning truth(Meaning meaning) {
  meaning.isTruth = true;
  return meaning;
}

// An operand; truths that are known are 0 and 1 as the others.
Meaning operandIn(NodeImport &node, std::size_t input) {
  const Meaning &given = node.input(input);
  if (!given.literal || given.literal->kind != NumberKind::boolean) return given;
  std::vector<float> numbers;
  for (std::size_t i = 0; i < given.literal->count(); ++i)
    numbers.push_back(static_cast<float>(given.literal->real(i)));
  return truth(meaningOf(makeReals(given.dims, std::move(numbers))));
}

// An operand that must be a truth.
Meaning truthIn(NodeImport &node, std::size_t input) {
  Meaning meaning = operandIn(node, input);
  if (!meaning.isTruth && !node.failed())
    node.refuse(fmt::format("its input number {} is no boolean", input));
  return meaning;
}

Meaning negated(NodeImport &node, const Meaning &x) {
  if (!x.literal) return combined(node, BinaryKind::sub, meaningOf(makeReals({}, {1})), x);
  std::vector<float> numbers;
  for (std::size_t i = 0; i < x.literal->count(); ++i)
    numbers.push_back(1 - static_cast<float>(x.literal->real(i)));
  return meaningOf(makeReals(x.dims, std::move(numbers)));
}

template <BinaryKind kind>
Meaning compared(NodeImport &node) {
  return combined(node, kind, operandIn(node, 0), operandIn(node, 1));
}

Meaning greaterOne(NodeImport &node) {
  return combined(node, BinaryKind::less, operandIn(node, 1), operandIn(node, 0));
}

void less(NodeImport &node) {
  node.give(truth(compared<BinaryKind::less>(node)));
}
void equal(NodeImport &node) {
  node.give(truth(compared<BinaryKind::equal>(node)));
}
void greater(NodeImport &node) {
  node.give(truth(greaterOne(node)));
}
// Not that the other is less: a NaN is neither.
void lessOrEqual(NodeImport &node) {
  node.give(truth(
      combined(node, BinaryKind::max, compared<BinaryKind::less>(node), compared<BinaryKind::equal>(node))));
}
void greaterOrEqual(NodeImport &node) {
  node.give(truth(combined(node, BinaryKind::max, greaterOne(node), compared<BinaryKind::equal>(node))));
}

void logicalAnd(NodeImport &node) {
  node.give(truth(combined(node, BinaryKind::min, truthIn(node, 0), truthIn(node, 1))));
}
void logicalOr(NodeImport &node) {
  node.give(truth(combined(node, BinaryKind::max, truthIn(node, 0), truthIn(node, 1))));
}
void logicalXor(NodeImport &node) {
  const Meaning difference = combined(node, BinaryKind::sub, truthIn(node, 0), truthIn(node, 1));
  node.give(truth(applied(node, usual(UnaryKind::abs), difference)));
}
void logicalNot(NodeImport &node) {
  node.give(truth(negated(node, truthIn(node, 0))));
}

// x where it holds, 0 elsewhere.
Meaning masked(NodeImport &node, const Meaning &holds, const Meaning &x) {
  if (node.failed() || !holds.literal || !x.literal) return combined(node, BinaryKind::mask, holds, x);
  const std::optional<Dims> dims = broadcast(holds.dims, x.dims);
  if (!dims || !x.literal->isReal()) return combined(node, BinaryKind::mask, holds, x); // which says why not
  if (!node.roomFor(*dims)) return {};
  const Literal a = stretched(*holds.literal, *dims), b = stretched(*x.literal, *dims);
  std::vector<float> numbers;
  for (std::size_t i = 0; i < a.count(); ++i)
    numbers.push_back(a.real(i) != 0 ? static_cast<float>(b.real(i)) : 0);
  return meaningOf(makeReals(*dims, std::move(numbers)));
}

// Whether it is one 0 that stretches to what the others do.
bool isZero(const Meaning &x, const Meaning &holds, const Meaning &other) {
  return x.literal && x.literal->isReal() && x.literal->count() == 1 && x.literal->real(0) == 0 &&
         x.dims.size() <= std::max(holds.dims.size(), other.dims.size());
}

// The sum of the two, each where it is chosen and 0 elsewhere; of what is 0 anyway nothing is added.
void where(NodeImport &node) {
  const Meaning holds = truthIn(node, 0), first = operandIn(node, 1), second = operandIn(node, 2);
  if (node.failed()) return;
  const auto either = [&]() -> Meaning {
    if (isZero(second, holds, first)) return masked(node, holds, first);
    if (isZero(first, holds, second)) return masked(node, negated(node, holds), second);
    return combined(node, BinaryKind::add, masked(node, holds, first),
                    masked(node, negated(node, holds), second));
  };
  Meaning chosen = either();
  chosen.isTruth = first.isTruth && second.isTruth;
  node.give(std::move(chosen));
}

constexpr Operator table[] = {
    {"Less", less},
    {"Equal", equal},
    {"Greater", greater},
    {"LessOrEqual", lessOrEqual},
    {"GreaterOrEqual", greaterOrEqual},
    {"And", logicalAnd},
    {"Or", logicalOr},
    {"Xor", logicalXor},
    {"Not", logicalNot},
    {"Where", where},
};

} // namespace

std::span<const Operator> truthOperators() {
  return table;
}

} // namespace ninc::onnx_import

#include "passes/FunctionAlgebra.h"

#include <algorithm>
#include <limits>

namespace ninc {

namespace {

constexpr float largest = std::numeric_limits<float>::max();

// What a function clips to, if that is all it does.
struct Range {
  float low, high;
  float clipped(float number) const { return std::min(std::max(number, low), high); }
};

std::optional<Range> rangeOf(const Unary &function) {
  if (function.kind == UnaryKind::relu) return Range{0, largest};
  if (function.kind == UnaryKind::clip) return Range{function.numbers[0], function.numbers[1]};
  return std::nullopt;
}

} // namespace

Activation plainest(const Unary &function) {
  const auto [first, second] = function.numbers;
  switch (function.kind) {
  case UnaryKind::leakyRelu:
    if (first == 1) return std::nullopt;
    if (first == 0) return Unary{UnaryKind::relu};
    return function;
  case UnaryKind::elu:
    return first == 0 ? Unary{UnaryKind::relu} : function;
  case UnaryKind::clip:
    if (second != largest) return function;
    if (first == -largest) return std::nullopt;
    return first == 0 ? Unary{UnaryKind::relu} : function;
  default:
    return function;
  }
}

std::optional<Activation> composed(const Unary &first, const Unary &second) {
  const std::optional<Range> inner = rangeOf(first), outer = rangeOf(second);
  if (inner && outer)
    return plainest({UnaryKind::clip, {outer->clipped(inner->low), outer->clipped(inner->high)}});
  const bool afterSign = first.kind == UnaryKind::neg || first.kind == UnaryKind::abs;
  if (first.kind == UnaryKind::neg && second.kind == UnaryKind::neg) return Activation{};
  if (second.kind == UnaryKind::abs && afterSign) return Unary{UnaryKind::abs};
  if (second.kind == UnaryKind::abs && first.kind == UnaryKind::relu) return first;
  if (second.kind == UnaryKind::relu && first.kind == UnaryKind::abs) return first;
  return std::nullopt;
}

} // namespace ninc

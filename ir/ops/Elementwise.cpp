// Type rules of elementwise ops: the operand's shape, or what two operands stretch to.
#include "ir/ops/Elementwise.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

namespace {

Checked<Types> broadcast(std::string_view op, Operands operands) {
  if (auto ok = expectOperands(op, operands, 2); !ok) return tl::unexpected(ok.error());
  const Part second = Part::operand(1);
  const Shape &a = operands[0].shape, &b = operands[1].shape;
  if (a.size() != b.size())
    return refuse(second, fmt::format("{} takes operands of the same rank, not {} and {}", op, toString(a),
                                      toString(b)));
  Shape shape(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
      return refuse(second, fmt::format("{} can't match {} with {}: dimension {} is {} here and {} there", op,
                                        toString(a), toString(b), i, a[i], b[i]));
    shape[i] = std::max(a[i], b[i]);
  }
  return single(std::move(shape), second);
}

} // namespace

Checked<void> checkActivation(const Activation &activation, std::size_t layer) {
  if (!activation) return {};
  if (Result<void> ok = checkNumbers(*activation); !ok) return refuse(Part::count(layer), ok.error().message);
  return {};
}

Checked<Types> resultTypes(const Dropout &op, Operands operands) {
  if (!(op.ratio >= 0 && op.ratio < 1))
    return refuse(Part::number("ratio"), fmt::format("dropout ratio {} is not in [0, 1)", op.ratio));
  return sameShape("dropout", operands);
}

Checked<Types> resultTypes(const Prelu &, Operands operands) {
  return sameShape("prelu", operands);
}

Checked<Types> resultTypes(const Unary &op, Operands operands) {
  if (Result<void> ok = checkNumbers(op); !ok)
    return refuse(Part::number(functionOf(op.kind).names[0].name), ok.error().message);
  return sameShape(spellingOf(op.kind), operands);
}

Checked<Types> resultTypes(const Binary &op, Operands operands) {
  return broadcast(spellingOf(op.kind), operands);
}

} // namespace ninc::rules

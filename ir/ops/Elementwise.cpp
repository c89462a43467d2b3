// Type rules of elementwise ops: the operand's shape, or what operands stretch to.
#include "ir/ops/Elementwise.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> stretched(std::string_view op, Operands operands) {
  Shape shape = operands[0].shape;
  for (std::size_t k = 1; k < operands.size(); ++k) {
    const Part part = Part::operand(k);
    const Shape &next = operands[k].shape;
    if (shape.size() != next.size())
      return refuse(part, fmt::format("{} takes operands of the same rank, not {} and {}", op,
                                      toString(shape), toString(next)));
    const Shape before = shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (before[i] != next[i] && before[i] != 1 && next[i] != 1)
        return refuse(part, fmt::format("{} can't match {} with {}: dimension {} is {} here and {} there", op,
                                        toString(before), toString(next), i, before[i], next[i]));
      shape[i] = std::max(before[i], next[i]);
    }
  }
  return single(std::move(shape), Part::operand(operands.size() - 1));
}

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
  if (auto ok = expectOperands(spellingOf(op.kind), operands, 2); !ok) return tl::unexpected(ok.error());
  return stretched(spellingOf(op.kind), operands);
}

} // namespace ninc::rules

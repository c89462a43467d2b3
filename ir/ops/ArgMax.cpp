// Type rule of arg_max.
#include "ir/ops/ArgMax.h"

#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const ArgMax &op, Operands operands) {
  if (auto ok = expectOperands("arg_max", operands, 1); !ok) return tl::unexpected(ok.error());
  Shape shape = operands[0].shape;
  if (op.axis < 0 || op.axis >= static_cast<std::int64_t>(shape.size()))
    return refuse(Part::number("axis"),
                  fmt::format("arg_max axis {} is not a dimension of {}", op.axis, toString(shape)));
  const auto axis = static_cast<std::size_t>(op.axis);
  if (shape[axis] > mostNumbered)
    return refuse(Part::operand(0),
                  fmt::format("arg_max looks through up to {} elements, not {}", mostNumbered, shape[axis]));
  shape[axis] = 1;
  if (!op.keepsAxis && shape.size() > 1) shape.erase(shape.begin() + op.axis);
  auto types = single(std::move(shape), Part::operand(0));
  if (types) types->front().element = ElementType::i64;
  return types;
}

} // namespace ninc::rules

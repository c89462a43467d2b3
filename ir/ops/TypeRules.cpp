// From an op to the rule of its family, and what all rules say in the same words.
#include "ir/ops/TypeRules.h"

#include <fmt/format.h>
#include <limits>

#include "ir/ops/TypeRule.h"
#include "support/Counted.h"

namespace ninc {

namespace rules {

tl::unexpected<TypeError> refuse(Part part, std::string message) {
  return tl::unexpected<TypeError>(TypeError{std::move(message), part});
}

Checked<void> fits(const Shape &shape, Part part) {
  if (Result<void> ok = checkShape(shape); !ok) return refuse(part, ok.error().message);
  return {};
}

Checked<Types> single(Shape shape, Part part) {
  if (auto ok = fits(shape, part); !ok) return tl::unexpected(ok.error());
  return Types{TensorType{ElementType::f32, std::move(shape), Layout::chw}};
}

Checked<void> expectOperands(std::string_view op, Operands operands, std::size_t count) {
  if (operands.size() == count) return {};
  return refuse({}, fmt::format("{} takes {}, not {}", op, counted(count, "operand"), operands.size()));
}

Checked<void> expectMap(std::string_view op, Operands operands) {
  if (auto ok = expectOperands(op, operands, 1); !ok) return ok;
  if (operands[0].shape.size() == 3) return {};
  return refuse(Part::operand(0),
                fmt::format("{} works on maps [channels, height, width], but its operand is {}", op,
                            toString(operands[0])));
}

Checked<Types> sameShape(std::string_view op, Operands operands) {
  if (auto ok = expectOperands(op, operands, 1); !ok) return tl::unexpected(ok.error());
  return single(operands[0].shape, Part::operand(0));
}

bool inRange(std::int64_t value, std::int64_t low) {
  return value >= low && value <= std::numeric_limits<std::int32_t>::max();
}

} // namespace rules

tl::expected<std::vector<TensorType>, TypeError> checkTypes(const Op &op,
                                                            std::span<const TensorType> operands) {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (operands[i].element == ElementType::i64)
      return rules::refuse(Part::operand(i),
                           fmt::format("{} takes f32, but its operand is {}, numbers of elements, "
                                       "which can only be an output",
                                       spellingOf(op), toString(operands[i])));
  return std::visit([&](const auto &one) { return rules::resultTypes(one, operands); }, op);
}

Result<std::vector<TensorType>> inferTypes(const Op &op, std::span<const TensorType> operands) {
  auto types = checkTypes(op, operands);
  if (!types) return fail(std::move(types.error().message));
  return std::move(*types);
}

} // namespace ninc

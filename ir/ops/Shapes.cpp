// Type rules of ops that move elements.
#include "ir/ops/Shapes.h"

#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const Concat &op, Operands operands) {
  if (operands.empty()) return refuse({}, "concat needs at least one operand");
  Shape shape = operands[0].shape;
  if (op.axis < 0 || op.axis >= static_cast<std::int64_t>(shape.size()))
    return refuse(Part::number("axis"),
                  fmt::format("concat axis {} is not a dimension of {}", op.axis, toString(shape)));
  auto axis = static_cast<std::size_t>(op.axis);
  Part tooLarge = Part::operand(operands.size() - 1); // whose elements are too many, if any are
  for (std::size_t i = 1; i < operands.size(); ++i) {
    const Part operand = Part::operand(i);
    Shape expected = shape;
    if (operands[i].shape.size() == shape.size()) expected[axis] = operands[i].shape[axis];
    if (operands[i].shape != expected)
      return refuse(operand, fmt::format("concat along axis {} can't join {} with {}: the other extents "
                                         "differ",
                                         op.axis, toString(operands[0].shape), toString(operands[i].shape)));
    shape[axis] += operands[i].shape[axis];
    if (i < tooLarge.index && !checkShape(shape)) tooLarge = operand;
  }
  return single(std::move(shape), tooLarge);
}

Checked<Types> resultTypes(const Flatten &, Operands operands) {
  if (auto ok = expectOperands("flatten", operands, 1); !ok) return tl::unexpected(ok.error());
  return single({elementCount(operands[0].shape)}, Part::operand(0));
}

Checked<Types> resultTypes(const Reshape &op, Operands operands) {
  if (auto ok = expectOperands("reshape", operands, 1); !ok) return tl::unexpected(ok.error());
  const Part shape{Part::Kind::shape};
  if (auto ok = fits(op.shape, shape); !ok) return tl::unexpected(ok.error());
  if (elementCount(op.shape) != elementCount(operands[0].shape))
    return refuse(shape,
                  fmt::format("reshape from {} with {} elements to {} with {}", toString(operands[0].shape),
                              elementCount(operands[0].shape), toString(op.shape), elementCount(op.shape)));
  return single(op.shape, shape);
}

} // namespace ninc::rules

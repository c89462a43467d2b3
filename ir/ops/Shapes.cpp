// Type rules of ops that move elements.
#include "ir/ops/Shapes.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/ops/TypeRule.h"

namespace ninc {

Borders bordersOf(const Pad &pad, std::size_t dimension) {
  return {pad.before.empty() ? 0 : pad.before[dimension], pad.behind.empty() ? 0 : pad.behind[dimension]};
}

} // namespace ninc

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

Checked<Types> resultTypes(const Transpose &op, Operands operands) {
  if (auto ok = expectOperands("transpose", operands, 1); !ok) return tl::unexpected(ok.error());
  const Shape &from = operands[0].shape;
  std::vector<bool> taken(from.size(), false);
  Shape shape;
  for (std::int64_t dimension : op.order) {
    const bool isOne = inRange(dimension, 0) && dimension < static_cast<std::int64_t>(from.size());
    if (!isOne || taken[static_cast<std::size_t>(dimension)]) break;
    taken[static_cast<std::size_t>(dimension)] = true;
    shape.push_back(from[static_cast<std::size_t>(dimension)]);
  }
  if (shape.size() != from.size() || op.order.size() != from.size())
    return refuse({Part::Kind::shape},
                  fmt::format("transpose {} doesn't name each of the {} dimensions of {} once",
                              toString(op.order), from.size(), toString(from)));
  return single(std::move(shape), Part::operand(0));
}

Checked<Types> resultTypes(const Slice &op, Operands operands) {
  if (auto ok = expectOperands("slice", operands, 1); !ok) return tl::unexpected(ok.error());
  Shape shape = operands[0].shape;
  if (op.axis < 0 || op.axis >= static_cast<std::int64_t>(shape.size()))
    return refuse(Part::number("axis"),
                  fmt::format("slice axis {} is not a dimension of {}", op.axis, toString(shape)));
  std::int64_t &extent = shape[static_cast<std::size_t>(op.axis)];
  const std::pair<std::string_view, std::int64_t> numbers[] = {
      {"from", op.from}, {"size", op.size}, {"stride", op.stride}};
  for (const auto &[name, value] : numbers)
    if (!inRange(value, name == "from" ? 0 : 1))
      return refuse(Part::number(name), fmt::format("slice {} is {}", name, value));
  if (op.from >= extent || (op.size - 1) > (extent - 1 - op.from) / op.stride)
    return refuse(
        Part::number("size"),
        fmt::format("slice of {} elements from {} on, {} apart, goes beyond the {} of dimension {} of {}",
                    op.size, op.from, op.stride, extent, op.axis, toString(operands[0].shape)));
  extent = op.size;
  return single(std::move(shape), Part::operand(0));
}

namespace {

// How many elements a dimension may get on one side.
std::int64_t mostAround(PadMode mode, std::int64_t extent) {
  if (mode == PadMode::reflect) return extent - 1;
  if (mode == PadMode::wrap) return extent;
  return std::numeric_limits<std::int32_t>::max();
}

Checked<void> checkBorders(std::string_view name, const Shape &numbers, PadMode mode, const Shape &shape) {
  if (!numbers.empty() && numbers.size() != shape.size())
    return refuse(Part::number(name), fmt::format("pad {} {} has {} numbers for {}", name, toString(numbers),
                                                  numbers.size(), toString(shape)));
  for (std::size_t d = 0; d < numbers.size(); ++d) {
    if (!inRange(numbers[d], 0))
      return refuse(Part::number(name), fmt::format("pad {} has {}", name, numbers[d]));
    if (numbers[d] > mostAround(mode, shape[d]))
      return refuse(Part::number(name),
                    fmt::format("pad {} has {}, but of the {} elements of dimension {} it can take {}", name,
                                numbers[d], shape[d], d, mostAround(mode, shape[d])));
  }
  return {};
}

} // namespace

Checked<Types> resultTypes(const Pad &op, Operands operands) {
  if (auto ok = expectOperands("pad", operands, 1); !ok) return tl::unexpected(ok.error());
  Shape shape = operands[0].shape;
  if (auto ok = checkBorders("before", op.before, op.mode, shape); !ok) return tl::unexpected(ok.error());
  if (auto ok = checkBorders("behind", op.behind, op.mode, shape); !ok) return tl::unexpected(ok.error());
  if (!std::isfinite(op.fill)) return refuse(Part::number("fill"), "pad fill must be a finite number");
  for (std::size_t d = 0; d < shape.size(); ++d)
    shape[d] += bordersOf(op, d).before + bordersOf(op, d).behind;
  const Part part = Part::number(op.before.empty() ? "behind" : "before");
  if (auto ok = fits(shape, part); !ok) return tl::unexpected(ok.error());
  return single(std::move(shape), part);
}

} // namespace ninc::rules

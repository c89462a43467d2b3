// Type rule of top_k.
#include "ir/ops/TopK.h"

#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const TopK &op, Operands operands) {
  if (auto ok = expectOperands("top_k", operands, 1); !ok) return tl::unexpected(ok.error());
  Shape shape = operands[0].shape;
  if (op.axis < 0 || op.axis >= static_cast<std::int64_t>(shape.size()))
    return refuse(Part::number("axis"),
                  fmt::format("top_k axis {} is not a dimension of {}", op.axis, toString(shape)));
  std::int64_t &extent = shape[static_cast<std::size_t>(op.axis)];
  if (extent > mostNumbered)
    return refuse(Part::operand(0),
                  fmt::format("top_k looks through up to {} elements, not {}", mostNumbered, extent));
  if (op.count < 1 || op.count > extent)
    return refuse({Part::Kind::count}, fmt::format("top_k gives 1 to {} elements of {} along axis {}, not {}",
                                                   extent, toString(shape), op.axis, op.count));
  if (op.count > mostTopK)
    return refuse({Part::Kind::count},
                  fmt::format("top_k gives up to {} elements, not {}", mostTopK, op.count));
  extent = op.count;
  auto types = single(shape, Part::operand(0));
  if (!types) return types;
  types->push_back(types->front());
  types->front().element = ElementType::i64;
  return types;
}

} // namespace ninc::rules

// Type rule of dense layers.
#include "ir/ops/Dense.h"

#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const Dense &op, Operands operands) {
  if (auto ok = expectOperands("dense", operands, 1); !ok) return tl::unexpected(ok.error());
  const Part count = Part::count(0);
  if (operands[0].shape.size() != 1)
    return refuse(Part::operand(0),
                  fmt::format("dense works on a vector, but its operand is {}; put a flatten before it",
                              toString(operands[0])));
  if (!inRange(op.outFeatures, 1))
    return refuse(count, fmt::format("dense needs at least 1 output, not {}", op.outFeatures));
  if (auto ok = checkActivation(op.activation, 0); !ok) return tl::unexpected(ok.error());
  if (auto ok = fits({op.outFeatures, operands[0].shape[0]}, count); !ok)
    return refuse(count, fmt::format("dense weights: {}", ok.error().message));
  return single({op.outFeatures}, count);
}

} // namespace ninc::rules

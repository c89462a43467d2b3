// Type rules of normalisations: the operand's shape, and numbers with which there is a result.
#include "ir/ops/Normalisation.h"

#include <cmath>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const BatchNorm &op, Operands operands) {
  if (!(op.epsilon >= 0) || !std::isfinite(op.epsilon))
    return refuse(Part::number("epsilon"),
                  fmt::format("batch_norm epsilon {} is not a number from 0 up", op.epsilon));
  return sameShape("batch_norm", operands);
}

Checked<Types> resultTypes(const Softmax &, Operands operands) {
  return sameShape("softmax", operands);
}

Checked<Types> resultTypes(const Lrn &op, Operands operands) {
  if (auto ok = expectMap("lrn", operands); !ok) return tl::unexpected(ok.error());
  if (!inRange(op.size, 1))
    return refuse(Part::number("size"), fmt::format("lrn size {} is not a positive number", op.size));
  const std::pair<std::string_view, float> numbers[] = {{"alpha", op.alpha}, {"beta", op.beta}, {"k", op.k}};
  for (const auto &[name, value] : numbers)
    if (!std::isfinite(value))
      return refuse(Part::number(name), "lrn alpha, beta and k must be finite numbers");
  if (op.alpha < 0 || op.k < 0 || (op.alpha == 0 && op.k == 0))
    return refuse(
        Part::number(op.k < 0 ? "k" : "alpha"),
        fmt::format("lrn raises k + alpha/size * (a sum of squares) to a power, so it needs alpha and k "
                    "from 0 up, one of them above it; they are {} and {}",
                    op.alpha, op.k));
  return sameShape("lrn", operands);
}

} // namespace ninc::rules

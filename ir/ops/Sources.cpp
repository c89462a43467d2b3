// Type rules of what a graph starts from.
#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const Input &op, Operands operands) {
  if (auto ok = expectOperands("input", operands, 0); !ok) return tl::unexpected(ok.error());
  return single(op.type.shape, {Part::Kind::shape});
}

Checked<Types> resultTypes(const Constant &op, Operands operands) {
  if (auto ok = expectOperands("constant", operands, 0); !ok) return tl::unexpected(ok.error());
  return single(op.shape, {Part::Kind::shape});
}

} // namespace ninc::rules

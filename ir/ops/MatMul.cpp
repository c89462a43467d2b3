// Type rule of products of matrices.
#include "ir/ops/MatMul.h"

#include <algorithm>
#include <fmt/format.h>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

Checked<Types> resultTypes(const MatMul &, Operands operands) {
  if (auto ok = expectOperands("matmul", operands, 2); !ok) return tl::unexpected(ok.error());
  const Shape &a = operands[0].shape, &b = operands[1].shape;
  const std::size_t rank = a.size();
  if (rank < 2)
    return refuse(Part::operand(0), fmt::format("matmul multiplies matrices [..., rows, columns], and its "
                                                "first operand is {}",
                                                toString(operands[0])));
  const Part second = Part::operand(1);
  if (b.size() != rank)
    return refuse(second, fmt::format("matmul takes operands of the same rank, not {} and {}", toString(a),
                                      toString(b)));
  if (a[rank - 1] != b[rank - 2])
    return refuse(second, fmt::format("matmul can't multiply {} by {}: {} columns meet {} rows", toString(a),
                                      toString(b), a[rank - 1], b[rank - 2]));
  Shape shape = a;
  shape[rank - 1] = b[rank - 1];
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1)
      return refuse(second, fmt::format("matmul can't match {} with {}: dimension {} is {} here and {} there",
                                        toString(a), toString(b), i, a[i], b[i]));
    shape[i] = std::max(a[i], b[i]);
  }
  return single(std::move(shape), second);
}

} // namespace ninc::rules

// Interpolation, all dimensions of an element at once.
#include "ir/interpreter/ResizeWalk.h"

namespace ninc::reference {

Tensors evaluate(const Resize &op, Operands operands) {
  const Tensor &x = *operands[0];
  std::vector<double> sums(static_cast<std::size_t>(elementCount(op.shape)), 0);
  walkResize(op, x.shape, [&](std::size_t at, std::size_t from, double weight) {
    sums[at] += weight * static_cast<double>(x.data[from]);
  });
  return single(Tensor{op.shape, std::vector<float>(sums.begin(), sums.end())});
}

} // namespace ninc::reference

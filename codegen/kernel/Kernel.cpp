#include "codegen/kernel/Kernel.h"

namespace ninc {

std::int64_t KernelArgument::bytes() const {
  std::int64_t elements = 1;
  for (const Dimension &dimension : dimensions)
    elements += (dimension.extent - 1) * dimension.stride;
  return elements * static_cast<std::int64_t>(bytesOf(element));
}

} // namespace ninc

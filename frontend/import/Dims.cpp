#include "frontend/import/Dims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ninc {

bool countElements(const Dims &dims, std::int64_t &count) {
  count = 1;
  for (std::int64_t extent : dims)
    if (extent < 0 || extent > mostElements || __builtin_mul_overflow(count, extent, &count) ||
        count > mostElements)
      return false;
  return true;
}

std::string textOf(const Dims &dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

} // namespace ninc

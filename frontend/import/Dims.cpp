#include "frontend/import/Dims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ninc {

bool countElements(const Dims &dims, std::int64_t &count) {
  count = 1;
  bool isEmpty = false;
  for (const std::int64_t extent : dims) {
    if (extent < 0 || extent > mostElements) return false;
    isEmpty = isEmpty || extent == 0;
    count *= extent == 0 ? 1 : extent;
    if (count > mostElements) return false;
  }
  if (isEmpty) count = 0;
  return true;
}

std::string textOf(const Dims &dims) {
  return fmt::format("[{}]", fmt::join(dims, ", "));
}

} // namespace ninc

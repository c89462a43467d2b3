#include "ir/ElementIndex.h"

#include <cstdint>

namespace ninc {

std::string elementIndex(std::size_t flat, const Shape &shape) {
  Shape index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    index[i] = static_cast<std::int64_t>(flat) % shape[i];
    flat /= static_cast<std::size_t>(shape[i]);
  }
  return toString(index);
}

} // namespace ninc

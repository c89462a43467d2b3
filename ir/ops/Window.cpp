#include "ir/ops/Window.h"

#include <fmt/format.h>

namespace ninc {

std::int64_t windowOutput(const Window &window, PoolExtent extent, int axis, std::int64_t input) {
  std::int64_t before = axis == 0 ? window.pad.top : window.pad.left;
  std::int64_t after = axis == 0 ? window.pad.bottom : window.pad.right;
  std::int64_t stride = window.stride[axis];
  std::int64_t room = input + before + after - (window.dilation[axis] * (window.kernel[axis] - 1) + 1);
  if (room < 0) return 0;
  std::int64_t output = room / stride + 1;
  if (extent == PoolExtent::ceil && room % stride != 0 && output * stride < input + before) ++output;
  return output;
}

std::string toString(const std::array<std::int64_t, 2> &extents) {
  return fmt::format("{}x{}", extents[0], extents[1]);
}

} // namespace ninc

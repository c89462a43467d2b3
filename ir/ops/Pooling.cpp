// Type rules of windows: how they slide, and that each has an element of the map.
#include "ir/ops/Pooling.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

#include "ir/ops/TypeRule.h"

namespace ninc::rules {

namespace {

constexpr std::int64_t largestExtent = std::numeric_limits<std::int32_t>::max();

Checked<void> checkWindow(std::string_view op, const Window &window) {
  for (int axis = 0; axis < 2; ++axis) {
    if (!inRange(window.kernel[axis], 1))
      return refuse({Part::Kind::kernel},
                    fmt::format("{} kernel {} has an extent that is not between 1 and {}", op,
                                toString(window.kernel), largestExtent));
    if (!inRange(window.stride[axis], 1))
      return refuse({Part::Kind::stride}, fmt::format("{} stride {} is not between 1 and {}", op,
                                                      window.stride[axis], largestExtent));
    if (!inRange(window.dilation[axis], 1))
      return refuse({Part::Kind::dilation}, fmt::format("{} dilation {} is not between 1 and {}", op,
                                                        window.dilation[axis], largestExtent));
  }
  for (std::int64_t pad : {window.pad.top, window.pad.left, window.pad.bottom, window.pad.right})
    if (!inRange(pad, 0))
      return refuse({Part::Kind::pad},
                    fmt::format("{} pad {} is not between 0 and {}", op, pad, largestExtent));
  return {};
}

// Whether one of the windows that start in the leading padding steps over an input of that extent: its first
// row behind the padding, start mod dilation, is beyond the input already. Only a dilation greater than the
// input can do that.
bool stepsOverInput(const Window &window, int axis, std::int64_t input, std::int64_t outputs) {
  std::int64_t dilation = window.dilation[axis];
  if (dilation <= input) return false;
  std::int64_t start = -(axis == 0 ? window.pad.top : window.pad.left);
  for (std::int64_t i = 0; i < outputs && start < 0; ++i, start += window.stride[axis])
    if ((start % dilation + dilation) % dilation >= input) return true;
  return false;
}

// Every pooling window must have an element of the input: the padding is smaller than the window's reach,
// and no dilated window has all of its rows outside.
Checked<void> checkPoolPadding(std::string_view op, const Window &window, const Shape &input,
                               std::array<std::int64_t, 2> output) {
  for (int axis = 0; axis < 2; ++axis) {
    std::int64_t reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
    std::int64_t before = axis == 0 ? window.pad.top : window.pad.left;
    std::int64_t after = axis == 0 ? window.pad.bottom : window.pad.right;
    if (before >= reach || after >= reach)
      return refuse({Part::Kind::pad},
                    fmt::format("{} {} with pad {} has windows that lie in the padding alone; the pad must "
                                "be smaller than the window",
                                op, toString(window.kernel), std::max(before, after)));
    if (stepsOverInput(window, axis, input[1 + axis], output[axis]))
      return refuse({Part::Kind::pad},
                    fmt::format("{} {} with pad {} and dilation {} on a {}x{} input has windows that lie in "
                                "the padding alone",
                                op, toString(window.kernel), before, window.dilation[axis], input[1],
                                input[2]));
  }
  return {};
}

} // namespace

Checked<std::array<std::int64_t, 2>> slide(std::string_view op, const Window &window, PoolExtent extent,
                                           const Shape &maps) {
  if (auto ok = checkWindow(op, window); !ok) return tl::unexpected(ok.error());
  std::array<std::int64_t, 2> output{};
  for (int axis = 0; axis < 2; ++axis) {
    output[axis] = windowOutput(window, extent, axis, maps[1 + axis]);
    if (output[axis] >= 1) continue;
    const bool dilated = window.dilation != std::array<std::int64_t, 2>{1, 1};
    return refuse(
        {Part::Kind::kernel},
        fmt::format("{} {}{} on a {}x{} input {} leaves no output", op, toString(window.kernel),
                    dilated ? " dilation " + toString(window.dilation) : std::string(), maps[1], maps[2],
                    isPadded(window) ? fmt::format("with pad {},{},{},{}", window.pad.top, window.pad.left,
                                                   window.pad.bottom, window.pad.right)
                                     : std::string("without pad")));
  }
  return output;
}

Checked<Shape> pool(std::string_view op, const Window &window, PoolExtent extent, const Shape &maps) {
  auto extents = slide(op, window, extent, maps);
  if (!extents) return tl::unexpected(extents.error());
  if (auto ok = checkPoolPadding(op, window, maps, *extents); !ok) return tl::unexpected(ok.error());
  return Shape{maps[0], (*extents)[0], (*extents)[1]};
}

Checked<Types> resultTypes(const MaxPool &op, Operands operands) {
  if (auto ok = expectMap("max_pool", operands); !ok) return tl::unexpected(ok.error());
  auto maps = pool("max_pool", op.window, op.extent, operands[0].shape);
  if (!maps) return tl::unexpected(maps.error());
  return single(std::move(*maps), {Part::Kind::pad});
}

Checked<Types> resultTypes(const AveragePool &op, Operands operands) {
  if (auto ok = expectMap("average_pool", operands); !ok) return tl::unexpected(ok.error());
  if (op.window.dilation != std::array<std::int64_t, 2>{1, 1})
    return refuse({Part::Kind::dilation}, "average_pool has no dilation");
  auto maps = pool("average_pool", op.window, op.extent, operands[0].shape);
  if (!maps) return tl::unexpected(maps.error());
  return single(std::move(*maps), {Part::Kind::pad});
}

Checked<Types> resultTypes(const GlobalAveragePool &, Operands operands) {
  if (auto ok = expectMap("global_avg_pool", operands); !ok) return tl::unexpected(ok.error());
  return single({operands[0].shape[0]});
}

} // namespace ninc::rules

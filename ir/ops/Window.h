// Windows that slide over maps.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace ninc {

// Rows or columns added around a map before a window slides over it.
struct Padding {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Padding &, const Padding &) = default;
};

// A sliding window. Extents are {height, width}. Output row i reads the input rows
// i*stride - pad.top + a*dilation for a in [0, kernel), columns likewise.
struct Window {
  std::array<std::int64_t, 2> kernel{1, 1};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> dilation{1, 1};
  Padding pad;
  friend bool operator==(const Window &, const Window &) = default;
};

// How many outputs a pooling window gives along one axis when it doesn't divide the input evenly. `floor`
// drops the remainder; `ceil` adds an output whose window is clipped, unless that window would start
// beyond the input and its leading padding (Caffe's and PyTorch's rule).
enum class PoolExtent : std::uint8_t { floor, ceil };

// Output extent of a window along one axis (0 rows, 1 columns) for an input extent; less than 1 means that
// nothing is left. The window's numbers are assumed to be in range.
std::int64_t windowOutput(const Window &window, PoolExtent extent, int axis, std::int64_t input);

inline bool isPadded(const Window &window) {
  return window.pad != Padding{};
}

// "3x5".
std::string toString(const std::array<std::int64_t, 2> &extents);

} // namespace ninc

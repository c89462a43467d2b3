// Numbers with a shape, as array files hold them: what the readers in this floor give and the writers take.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ninc {

// Row-major, outermost dimension first. An empty shape is a single number.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<float> data;

  friend bool operator==(const Array &, const Array &) = default;
};

// The same, owned by somebody else.
struct ArrayView {
  std::span<const std::int64_t> shape;
  std::span<const float> data;
};

// Number of elements; empty when an extent is negative or the product doesn't fit.
inline std::optional<std::uint64_t> countElements(std::span<const std::int64_t> shape) {
  std::uint64_t count = 1;
  for (std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count)) return {};
  return count;
}

} // namespace ninc

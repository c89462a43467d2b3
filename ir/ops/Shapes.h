// Ops that compute nothing: the same elements in another place.
#pragma once

#include <cstdint>

#include "ir/Types.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// Two or more operands of equal rank, laid behind one another along `axis`; the other extents are equal.
struct Concat {
  std::int64_t axis = 0;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes = std::tuple{attribute::Named{"axis", &Concat::axis}};
  friend bool operator==(const Concat &, const Concat &) = default;
};

// Any shape -> [number of elements], in row-major order of the logical shape (c, then row, then column),
// whatever the memory layout.
struct Flatten {
  static constexpr OpTraits traits = {.reshaping = true};
  static constexpr attribute::None attributes = {};
  friend bool operator==(const Flatten &, const Flatten &) = default;
};

// The same elements in the same row-major order under another shape.
struct Reshape {
  Shape shape;
  static constexpr OpTraits traits = {.reshaping = true};
  static constexpr auto attributes = std::tuple{attribute::Shaped{&Reshape::shape}};
  friend bool operator==(const Reshape &, const Reshape &) = default;
};

// The dimensions in another order: dimension i of the result is dimension order[i] of the operand.
struct Transpose {
  Shape order;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes = std::tuple{attribute::Shaped{&Transpose::order, 0}};
  friend bool operator==(const Transpose &, const Transpose &) = default;
};

// `size` elements along `axis`, from `from` on, `stride` apart: y[..., i, ...] = x[..., from + i stride,
// ...].
struct Slice {
  std::int64_t axis = 0;
  std::int64_t from = 0;
  std::int64_t size = 1;
  std::int64_t stride = 1;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes =
      std::tuple{attribute::Named{"axis", &Slice::axis}, attribute::Named{"from", &Slice::from},
                 attribute::Named{"size", &Slice::size, 1}, attribute::Named{"stride", &Slice::stride, 1}};
  friend bool operator==(const Slice &, const Slice &) = default;
};

// What stands around the elements that a pad has.
enum class PadMode : std::uint8_t {
  fill,    // a number
  edge,    // the nearest element
  reflect, // the elements mirrored at the outermost one, which isn't there twice
  wrap     // the elements from the other side
};

// before[d] elements in front of dimension d and behind[d] behind it, as ONNX's Pad. A list that is empty has
// zeros.
struct Pad {
  Shape before, behind;
  PadMode mode = PadMode::fill;
  float fill = 0;
  static constexpr OpTraits traits = {.seesRows = true};
  static constexpr auto attributes = std::tuple{attribute::NamedShape{"before", &Pad::before},
                                                attribute::NamedShape{"behind", &Pad::behind},
                                                attribute::Flag{"edge", &Pad::mode, PadMode::edge},
                                                attribute::Flag{"reflect", &Pad::mode, PadMode::reflect},
                                                attribute::Flag{"wrap", &Pad::mode, PadMode::wrap},
                                                attribute::NamedOrZero{"fill", &Pad::fill}};
  friend bool operator==(const Pad &, const Pad &) = default;
};

// How many elements it puts in front of a dimension, and behind it.
struct Borders {
  std::int64_t before = 0, behind = 0;
};
Borders bordersOf(const Pad &pad, std::size_t dimension);

} // namespace ninc

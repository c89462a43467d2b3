// Ops without operands: what a graph starts from.
#pragma once

#include "ir/Tensor.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// A value from outside. No operands. The type is the attribute: how the application keeps the value, f32 or
// u8, chw or, of rank 3, hwc, and what is done to it. To the graph it is numbers [channels, rows, columns].
struct Input {
  TensorType type;
  static constexpr OpTraits traits = {.source = true};
  friend bool operator==(const Input &, const Input &) = default;
};

// Numbers known at compile time. No operands. Parameter: `` (the tensor has the value's own name).
struct Constant {
  Shape shape;
  Parameter value;
  static constexpr OpTraits traits = {.source = true};
  static constexpr auto attributes = std::tuple{attribute::Typed{&Constant::shape}};
  friend bool operator==(const Constant &, const Constant &) = default;
};

} // namespace ninc

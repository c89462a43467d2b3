// What a resize computes, as numbers: for each element of the result, which elements of the operand it is
// made of and how much of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/ops/Resize.h"

namespace ninc {

// Along one dimension: element i of the result is the sum over taps t of weights[t size + i] times the
// operand's element positions[t size + i].
struct ResizeTaps {
  std::size_t dimension = 0;
  std::int64_t size = 0;  // of the result
  std::int64_t count = 1; // taps of an element
  std::vector<std::int64_t> positions;
  std::vector<double> weights;
};

// How many taps an element has along a dimension.
std::int64_t tapCount(const Resize &resize, const Shape &operand, std::size_t dimension);

// Whether the dimension becomes another at all.
bool isResized(const Resize &resize, const Shape &operand, std::size_t dimension);

// Where along a dimension an element of the result lies, counted in the operand's elements from the first
// one's middle.
double resizePlace(const Resize &resize, const Shape &operand, std::size_t dimension, std::int64_t element);

// Of each dimension that is resized, in order. The op must have passed its type rule.
std::vector<ResizeTaps> resizeTaps(const Resize &resize, const Shape &operand);

} // namespace ninc

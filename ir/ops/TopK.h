// The largest elements, in order.
#pragma once

#include <cstdint>

#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// The `count` largest elements along `axis`, from the largest on. Two results, of the operand's shape with
// the axis `count` long: the elements' numbers along the axis, i64, and the elements. Of equal ones (0 and -0
// are) the first comes first; NaNs are less than any number. No op takes the numbers: they are outputs.
struct TopK {
  std::int64_t count = 1;
  std::int64_t axis = 0;
  static constexpr OpTraits traits = {.seesRows = true, .rowMajor = true};
  static constexpr auto attributes = std::tuple{attribute::Counted{"number of elements", &TopK::count},
                                                attribute::Named{"axis", &TopK::axis}};
  friend bool operator==(const TopK &, const TopK &) = default;
};

// How many elements it gives at most: it looks for each of them anew.
constexpr std::int64_t mostTopK = 1024;

} // namespace ninc

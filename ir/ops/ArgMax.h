// Where the largest elements are.
#pragma once

#include <cstdint>

#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// The number of the largest element along `axis`: of equal ones the first, or the last. The axis is left out
// of the result, or has extent 1. Numbers are i64, which no op takes: they are outputs.
struct ArgMax {
  std::int64_t axis = 0;
  bool keepsAxis = false;
  bool takesLast = false;
  static constexpr OpTraits traits = {.seesRows = true, .rowMajor = true};
  static constexpr auto attributes = std::tuple{attribute::Named{"axis", &ArgMax::axis},
                                                attribute::Flag{"keep_axis", &ArgMax::keepsAxis, true},
                                                attribute::Flag{"select_last", &ArgMax::takesLast, true}};
  friend bool operator==(const ArgMax &, const ArgMax &) = default;
};

} // namespace ninc

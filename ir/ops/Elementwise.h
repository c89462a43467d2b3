// Ops that compute each element from the operands' elements at its place. Most of them are functions of a
// table: Unary and Binary (ElementFunctions.h).
#pragma once

#include "ir/ops/Attributes.h"
#include "ir/ops/ElementFunctions.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// The identity when a network runs; `ratio` only documents how it was trained. 0 <= ratio < 1.
struct Dropout {
  float ratio = 0.5f;
  static constexpr OpTraits traits = {.elementwise = true, .uniform = true};
  static constexpr auto attributes = std::tuple{attribute::Leading{"ratio", &Dropout::ratio}};
  friend bool operator==(const Dropout &, const Dropout &) = default;
};

} // namespace ninc

// Ops that compute each element from the operands' elements at its place. Most of them are functions of a
// table: Unary and Binary (ElementFunctions.h).
#pragma once

#include "ir/Tensor.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/ChannelParameter.h"
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

// y[c, ...] = x < 0 ? slope[c] x : x with x[c, ...], c the first dimension (He et al. 2015, "Delving Deep
// into Rectifiers"). Parameter `slope` [C].
struct Prelu {
  Parameter slope;
  static constexpr OpTraits traits = {.elementwise = true};
  static constexpr attribute::None attributes = {};
  static constexpr ChannelParameter<Prelu> channelParameters[] = {{"slope", &Prelu::slope}};
  friend bool operator==(const Prelu &, const Prelu &) = default;
};

} // namespace ninc

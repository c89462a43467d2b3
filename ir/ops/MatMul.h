// Products of matrices that are computed, both of them. Where one is known it is a dense layer's weight, or a
// 1x1 convolution's.
#pragma once

#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// a [..., M, K], b [..., K, N] -> [..., M, N]: y[..., i, j] = sum over k of a[..., i, k] b[..., k, j]. The
// two are of one rank; of the dimensions in front, one of extent 1 stretches to the other's.
struct MatMul {
  static constexpr OpTraits traits = {.seesRows = true, .rowMajor = true};
  static constexpr attribute::None attributes = {};
  friend bool operator==(const MatMul &, const MatMul &) = default;
};

} // namespace ninc

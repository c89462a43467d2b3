// Local response normalisation for all finite numbers. Their squares fit f32 in the middle of its range
// alone, so they are added up twice: of x as it is (or scaled up, where k is small enough to let small
// squares count) and of x scaled down. The second sum, which can't overflow, tells which one is good, and the
// power of the scales goes to the result.
#pragma once

#include <Halide.h>
#include <cstdint>

#include "ir/ops/Ops.h"

namespace ninc {

class LocalResponse {
public:
  // For sums of at most so many squares.
  LocalResponse(const Lrn &lrn, std::int64_t terms);

  // What the two sums add up for an element.
  Halide::Tuple squares(const Halide::Expr &x) const;
  // The op's result for an element from the sums over its window.
  Halide::Expr normalise(const Halide::Expr &x, const Halide::Tuple &sums) const;

private:
  // The sum of (2^element x)^2, from which 2^base (k + alpha/size sum of x^2) is
  // constant + factor * sum, in range.
  struct Scaled {
    int element = 0, base = 0;
    float constant = 0, factor = 0;
  };
  Scaled scaled(int element, int base) const;
  // As `scaled`, with the base that makes `factor` about 1, or less where k would overflow.
  Scaled balanced(int element) const;

  double k_, share_, beta_;
  Scaled low_, high_;
  float mostLow_; // the sum of `high_` up to which that of `low_` is good
  bool isPlain_;  // low_ is as the formula has it
};

} // namespace ninc

// Means of finite numbers, which are finite however large the numbers are: their sum needn't be. Each term is
// scaled by a power of two before it is added, which rounds nothing but what becomes denormal.
//
// Where terms are unrolled their sum must be strict_float: out of a plain one the compiler takes the scale
// again.
#pragma once

#include <Halide.h>
#include <cstdint>

namespace ninc {

// What is added up instead of x, for a mean of at most `most` terms.
Halide::Expr termOfMean(const Halide::Expr &x, std::int64_t most);

// The mean of `count` terms, at most `most`, from the sum of what termOfMean makes of them. A sum that isn't
// finite, since a term wasn't, stays what it is.
Halide::Expr meanOf(const Halide::Expr &sum, std::int64_t count);
Halide::Expr meanOf(const Halide::Expr &sum, const Halide::Expr &count, std::int64_t most);

} // namespace ninc

// Pure variables in numbers: the coordinates of whatever rank a buffer has.
#pragma once

#include <Halide.h>
#include <cstddef>
#include <vector>

namespace ninc {

// `count` fresh variables.
std::vector<Halide::Var> makeVariables(std::size_t count);

std::vector<Halide::Expr> expressions(const std::vector<Halide::Var> &variables);

// `first`, and behind it the variables from number `from` on: a place like that of the variables, but for
// some of the first coordinates.
std::vector<Halide::Expr> placeOf(std::vector<Halide::Expr> first, const std::vector<Halide::Var> &variables,
                                  std::size_t from);

} // namespace ninc

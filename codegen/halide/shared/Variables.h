// Pure variables in numbers: the coordinates of whatever rank a buffer has.
#pragma once

#include <Halide.h>
#include <cstddef>
#include <vector>

namespace ninc {

// `count` fresh variables.
std::vector<Halide::Var> makeVariables(std::size_t count);

std::vector<Halide::Expr> expressions(const std::vector<Halide::Var> &variables);

} // namespace ninc

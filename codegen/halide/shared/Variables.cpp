#include "codegen/halide/shared/Variables.h"

#include <fmt/format.h>

namespace ninc {

using Halide::Expr;
using Halide::Var;

std::vector<Var> makeVariables(std::size_t count) {
  std::vector<Var> variables;
  for (std::size_t i = 0; i < count; ++i)
    variables.emplace_back(fmt::format("d{}", i));
  return variables;
}

std::vector<Halide::Expr> expressions(const std::vector<Var> &variables) {
  return {variables.begin(), variables.end()};
}

std::vector<Expr> placeOf(std::vector<Expr> first, const std::vector<Var> &variables, std::size_t from) {
  first.insert(first.end(), variables.begin() + static_cast<std::ptrdiff_t>(from), variables.end());
  return first;
}

} // namespace ninc

#include "codegen/halide/shared/Elements.h"

namespace ninc {

using Halide::Expr;
using Halide::ImageParam;

Expr element(const Op &op, const Expr &x) {
  const auto *function = std::get_if<Unary>(&op);
  return function ? apply(*function, x) : x;
}

std::array<ImageParam, 4> normalisation(Arguments &arguments, std::int64_t channels) {
  std::array<ImageParam, 4> parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i] = arguments.weights(i, {{0, channels, 1}});
  return parameters;
}

Expr normalise(const Expr &x, const std::array<ImageParam, 4> &parameters, const Expr &channel) {
  const auto &[mean, factor, bias, result] = parameters;
  return ((x * 0.5f - mean(channel)) * factor(channel) + bias(channel)) * result(channel);
}

} // namespace ninc

#include "codegen/halide/shared/Elements.h"

namespace ninc {

using Halide::Expr;
using Halide::ImageParam;

Activation elementwiseActivation(const Op &op) {
  return std::visit(Overloaded{[](const Relu &) {
                                 return Activation{ActivationKind::relu, 0};
                               },
                               [](const LeakyRelu &leaky) {
                                 return Activation{ActivationKind::leakyRelu, leaky.alpha};
                               },
                               [](const Sigmoid &) {
                                 return Activation{ActivationKind::sigmoid, 0};
                               },
                               [](const Tanh &) {
                                 return Activation{ActivationKind::tanh, 0};
                               },
                               [](const auto &) { return Activation{}; }},
                    op);
}

Expr combine(const Op &op, const Expr &a, const Expr &b) {
  return std::holds_alternative<Add>(op) ? a + b : a * b;
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

#include "codegen/halide/Elements.h"

#include <limits>

#include "codegen/halide/Math.h"

namespace ninc {

using Halide::Expr;

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

Expr normalise(const Expr &x, const Expr &mean, const Expr &factor, const Expr &bias) {
  return (x - mean) * factor + bias;
}

Expr normaliseLocally(const Lrn &lrn, const Expr &x, const Expr &sumOfSquares) {
  // Of a base that is 0 or less there is no such power; the smallest number gives a large finite one.
  Expr base = lrn.k + (lrn.alpha / static_cast<float>(lrn.size)) * sumOfSquares;
  return x * power(Halide::max(base, std::numeric_limits<float>::min()), -lrn.beta);
}

} // namespace ninc

#include "codegen/halide/shared/Elements.h"

#include <array>

namespace ninc {

using Halide::Expr;
using Halide::ImageParam;

namespace {

// batch_norm: ((x / 2 - mean / 2) * (2 factor / r) + bias / r) * r with factor = scale / sqrt(variance +
// epsilon) and a power of two r, 1 wherever it can, that keeps everything in range (PackWeights.cpp). The
// mean is subtracted first, as the op is defined: folded into the bias it would cancel where it is large.
ElementFunction normalisation(const KernelSpec &spec, Arguments &arguments) {
  std::array<ImageParam, 4> parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i] = arguments.weights(i, {{0, spec.inputs[0].shape[0], 1}});
  return [parameters](const std::vector<Expr> &x, const Expr &channel) -> Expr {
    const auto &[mean, factor, bias, result] = parameters;
    return ((x[0] * 0.5f - mean(channel)) * factor(channel) + bias(channel)) * result(channel);
  };
}

// prelu: a leaky_relu with the channel's slope.
ElementFunction rectification(const KernelSpec &spec, Arguments &arguments) {
  const ImageParam slope = arguments.weights(0, {{0, spec.inputs[0].shape[0], 1}});
  return [slope](const std::vector<Expr> &x, const Expr &channel) -> Expr {
    return Halide::select(x[0] < 0.0f, x[0] * slope(channel), x[0]);
  };
}

} // namespace

bool readsChannel(const Op &op) {
  return std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Prelu>(op);
}

ElementFunction elementFunction(const KernelSpec &spec, Arguments &arguments) {
  using Elements = std::vector<Expr>;
  if (std::holds_alternative<BatchNorm>(spec.op)) return normalisation(spec, arguments);
  if (std::holds_alternative<Prelu>(spec.op)) return rectification(spec, arguments);
  if (const auto *function = std::get_if<Unary>(&spec.op))
    return [f = *function](const Elements &x, const Expr &) { return apply(f, x[0]); };
  if (const auto *function = std::get_if<Binary>(&spec.op))
    return [f = *function](const Elements &x, const Expr &) { return apply(f, x[0], x[1]); };
  return [](const Elements &x, const Expr &) { return x[0]; }; // dropout
}

} // namespace ninc

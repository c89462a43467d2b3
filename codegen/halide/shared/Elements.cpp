#include "codegen/halide/shared/Elements.h"

#include <array>
#include <utility>

#include "ir/ops/StepFunctions.h"

namespace ninc {

using Halide::Expr;
using Halide::ImageParam;

namespace {

using Elements = std::vector<Expr>;

// Parameters of so many channels, in the order in which they are packed.
struct ChannelWeights {
  Arguments &arguments;
  std::int64_t channels = 0;
  std::size_t next = 0; // of the weights' numbers

  ImageParam take() { return arguments.weights(next++, {{0, channels, 1}}); }
};

// batch_norm: ((x / 2 - mean / 2) * (2 factor / r) + bias / r) * r with factor = scale / sqrt(variance +
// epsilon) and a power of two r, 1 wherever it can, that keeps everything in range (PackWeights.cpp). The
// mean is subtracted first, as the op is defined: folded into the bias it would cancel where it is large.
ElementFunction functionOf(const BatchNorm &, ChannelWeights &weights) {
  std::array<ImageParam, 4> parameters;
  for (ImageParam &parameter : parameters)
    parameter = weights.take();
  return [parameters](const Elements &x, const Expr &channel) -> Expr {
    const auto &[mean, factor, bias, result] = parameters;
    return ((x[0] * 0.5f - mean(channel)) * factor(channel) + bias(channel)) * result(channel);
  };
}

// prelu: a leaky_relu with the channel's slope.
ElementFunction functionOf(const Prelu &, ChannelWeights &weights) {
  const ImageParam slope = weights.take();
  return [slope](const Elements &x, const Expr &channel) -> Expr {
    return Halide::select(x[0] < 0.0f, x[0] * slope(channel), x[0]);
  };
}

ElementFunction functionOf(const Unary &function, ChannelWeights &) {
  return [function](const Elements &x, const Expr &) { return apply(function, x[0]); };
}

ElementFunction functionOf(const Binary &function, ChannelWeights &) {
  return [function](const Elements &x, const Expr &) { return apply(function, x[0], x[1]); };
}

ElementFunction functionOf(const PointwiseChain &chain, ChannelWeights &weights) {
  std::vector<std::pair<ElementFunction, std::vector<PointwiseSource>>> steps;
  for (const PointwiseStep &step : chain.steps)
    steps.emplace_back(
        std::visit([&](const auto &function) { return functionOf(function, weights); }, step.function),
        step.sources);
  return [steps](const Elements &operands, const Expr &channel) {
    // Every step has a name, as Halide would look at it anew for each of those that read it.
    Elements numbers;
    std::vector<std::pair<std::string, Expr>> named;
    for (const auto &[function, sources] : steps) {
      Elements x;
      for (const auto &[kind, index] : sources)
        x.push_back(kind == PointwiseSource::Kind::step ? numbers[index] : operands[index]);
      named.emplace_back(Halide::Internal::unique_name("step"), function(x, channel));
      numbers.push_back(Halide::Internal::Variable::make(Halide::Float(32), named.back().first));
    }
    Expr result = numbers.back();
    for (auto step = named.rbegin(); step != named.rend(); ++step)
      result = Halide::Internal::Let::make(step->first, step->second, result);
    return result;
  };
}

} // namespace

ElementFunction elementFunction(const KernelSpec &spec, Arguments &arguments) {
  ChannelWeights weights{arguments, spec.outputs[0].shape[0]};
  if (const auto *pointwise = std::get_if<Pointwise>(&spec.op)) return functionOf(pointwise->chain, weights);
  if (const std::optional<PointwiseFunction> function = stepFunctionOf(spec.op))
    return std::visit([&](const auto &one) { return functionOf(one, weights); }, *function);
  return [](const Elements &x, const Expr &) { return x[0]; }; // dropout
}

ElementFunction chainFunction(const PointwiseChain &chain, std::int64_t channels, std::size_t firstWeights,
                              Arguments &arguments) {
  ChannelWeights weights{arguments, channels, firstWeights};
  return functionOf(chain, weights);
}

} // namespace ninc

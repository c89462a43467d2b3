// Chains: what one step may be off by is the error of the argument of the next.
#include <array>

#include "ir/interpreter/Broadcast.h"
#include "ir/interpreter/bounds/ElementErrors.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc::bounds {

namespace {

// A number as the reference has it, and how far a kernel's may be from it.
struct Number {
  double value = 0, error = 0;
};

double errorOf(const PointwiseFunction &function, std::span<const Number> x, std::size_t channel) {
  return std::visit(
      Overloaded{
          [&](const Unary &unary) { return ninc::errorOf(unary, x[0].value, x[0].error); },
          [&](const Binary &binary) {
            return ninc::errorOf(binary, x[0].value, x[1].value, x[0].error, x[1].error);
          },
          [&](const BatchNorm &norm) { return normalisationError(norm, channel, x[0].value, x[0].error); },
          [&](const Prelu &prelu) {
            return ninc::errorOf(reference::rectifierOf(prelu, channel), x[0].value, x[0].error);
          },
      },
      function);
}

} // namespace

Tensor chainErrors(const PointwiseChain &chain, Operands operands) {
  std::vector<const Shape *> shapes;
  for (const Operand &operand : operands)
    shapes.push_back(&operand.value.shape);
  Tensor errors = reference::zeros(reference::stretchedShape(shapes));
  std::vector<Number> steps(chain.steps.size()), sources;
  std::vector<double> arguments;
  const auto visit = [&](std::size_t at, std::size_t channel, std::span<const std::size_t> places) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      sources.clear();
      arguments.clear();
      for (const auto &[kind, index] : chain.steps[i].sources) {
        sources.push_back(kind == PointwiseSource::Kind::step
                              ? steps[index]
                              : Number{operands[index].value.data[places[index]],
                                       operands[index].error.data[places[index]]});
        arguments.push_back(sources.back().value);
      }
      const PointwiseFunction &function = chain.steps[i].function;
      steps[i] = {static_cast<float>(reference::valueOf(function, arguments, channel)),
                  finiteError(errorOf(function, sources, channel))};
    }
    errors.data[at] = static_cast<float>(steps.back().error);
  };
  reference::walkStretched(shapes, errors.shape, visit);
  return errors;
}

Tensors resultErrors(const Pointwise &op, Operands operands, const Computation &) {
  return single(chainErrors(op.chain, operands));
}

} // namespace ninc::bounds

// Chains, element by element: each step's number is kept and read by those behind it.
#include "ir/interpreter/Broadcast.h"
#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

double valueOf(const PointwiseFunction &function, std::span<const double> x, std::size_t channel) {
  return std::visit(Overloaded{
                        [&](const Unary &unary) { return ninc::valueOf(unary, x[0]); },
                        [&](const Binary &binary) { return ninc::valueOf(binary, x[0], x[1]); },
                        [&](const BatchNorm &norm) { return normalise(norm, channel, x[0]); },
                        [&](const Prelu &prelu) { return ninc::valueOf(rectifierOf(prelu, channel), x[0]); },
                    },
                    function);
}

Tensor evaluateChain(const PointwiseChain &chain, Operands operands) {
  std::vector<const Shape *> shapes;
  for (const Tensor *operand : operands)
    shapes.push_back(&operand->shape);
  Tensor y = zeros(stretchedShape(shapes));
  std::vector<double> steps(chain.steps.size()), sources;
  walkStretched(shapes, y.shape,
                [&](std::size_t at, std::size_t channel, std::span<const std::size_t> places) {
                  for (std::size_t i = 0; i < steps.size(); ++i) {
                    sources.clear();
                    for (const PointwiseSource &source : chain.steps[i].sources)
                      sources.push_back(source.kind == PointwiseSource::Kind::step
                                            ? steps[source.index]
                                            : operands[source.index]->data[places[source.index]]);
                    steps[i] = static_cast<float>(valueOf(chain.steps[i].function, sources, channel));
                  }
                  y.data[at] = static_cast<float>(steps.back());
                });
  return y;
}

Tensors evaluate(const Pointwise &op, Operands operands) {
  return single(evaluateChain(op.chain, operands));
}

} // namespace ninc::reference

#include "codegen/halide/shared/Activation.h"

#include "codegen/halide/shared/Math.h"

namespace ninc {

Halide::Expr activate(const Activation &activation, Halide::Expr x) {
  switch (activation.kind) {
  case ActivationKind::none:
    return x;
  case ActivationKind::relu:
    return Halide::max(x, 0.0f);
  case ActivationKind::leakyRelu:
    return Halide::select(x < 0.0f, x * activation.alpha, x);
  case ActivationKind::sigmoid:
    return logistic(x);
  case ActivationKind::tanh:
    return hyperbolicTangent(x);
  }
  return x;
}

} // namespace ninc

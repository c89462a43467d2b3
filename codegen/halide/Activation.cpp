#include "codegen/halide/Activation.h"

namespace ninc {

using namespace Halide;

Expr exponential(Expr x) {
  return exp(x);
}

Expr activate(const Activation &activation, Expr x) {
  switch (activation.kind) {
  case ActivationKind::none:
    return x;
  case ActivationKind::relu:
    return max(x, 0.0f);
  case ActivationKind::leakyRelu:
    return select(x < 0.0f, x * activation.alpha, x);
  case ActivationKind::sigmoid:
    return 1.0f / (1.0f + exponential(-x));
  case ActivationKind::tanh:
    return 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f);
  }
  return x;
}

} // namespace ninc

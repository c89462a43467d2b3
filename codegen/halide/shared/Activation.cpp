#include "codegen/halide/shared/Activation.h"

#include "codegen/halide/shared/ElementFunctions.h"

namespace ninc {

Halide::Expr activate(const Activation &activation, Halide::Expr x) {
  return activation ? apply(*activation, x) : x;
}

} // namespace ninc

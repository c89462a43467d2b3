// Activations as Halide expressions, the same for every kernel that has one fused.
#pragma once

#include <Halide.h>

#include "ir/ops/Ops.h"

namespace ninc {

// The activation of ir/ops/Ops.h applied to x.
Halide::Expr activate(const Activation &activation, Halide::Expr x);

} // namespace ninc

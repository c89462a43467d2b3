// Activations as Halide expressions, the same for every kernel that has one fused.
#pragma once

#include <Halide.h>

#include "ir/Ops.h"

namespace ninc {

// The activation of ir/Ops.h applied to x.
Halide::Expr activate(const Activation &activation, Halide::Expr x);

} // namespace ninc

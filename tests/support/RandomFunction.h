// Functions of one element, for random models.
#pragma once

#include "ir/ops/Ops.h"
#include "support/Random.h"

namespace ninc::testing {

// Any, relu more often than the others.
Unary randomFunction(Random &random);

// Whether it is finite, and not too steep, of any number.
bool takesAnyNumber(UnaryKind kind);

} // namespace ninc::testing

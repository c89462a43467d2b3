// Ops that move elements, for random models.
#pragma once

#include "ir/ops/Ops.h"
#include "support/Random.h"

namespace ninc::testing {

// A transpose, a slice or a pad of a value of that shape.
Op randomMove(Random &random, const Shape &shape);

} // namespace ninc::testing

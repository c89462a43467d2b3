// What an op costs, whatever computes it.
#pragma once

#include <cstdint>
#include <span>

#include "ir/ops/Ops.h"

namespace ninc {

// Multiply-accumulates of one evaluation: of convolutions and dense layers; 0 for everything else, which
// moves more than it computes. The operand types must have passed inferTypes.
std::int64_t multiplyAccumulates(const Op &op, std::span<const TensorType> operands);

} // namespace ninc

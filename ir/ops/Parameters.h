// The parameters of an op: what they are called, which shape they have, and where in the op they go.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/ops/Ops.h"

namespace ninc {

// A parameter an op needs: the suffix of its tensor's name (after the value's name and a dot; empty for a
// constant, whose tensor has the value's own name), its shape, how many inputs each output sums over (for
// initialisation), and where in the op it goes.
struct ParameterSlot {
  std::string suffix;
  Shape shape;
  std::int64_t fanIn = 1;
  Parameter *parameter = nullptr; // points into the op handed in
};

// The parameters of an op, in the order in which they are listed in a weight file. The operand types must
// have passed inferTypes. The pointers are valid as long as the op is.
std::vector<ParameterSlot> parameterSlots(Op &op, std::span<const TensorType> operands);

// How many numbers they are together.
std::int64_t parameterCount(const Op &op, std::span<const TensorType> operands);

} // namespace ninc

// What an op makes of its operands' types, and which parameters it has.
//
// These are the rules the frontends report to people, so an error explains itself: "conv 5x5 on a 3x3 input
// without pad leaves no output". Pure functions of the op and the types.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "ir/ops/Ops.h"
#include "support/Result.h"

namespace ninc {

// The types of the op's results (layout chw), or why there are none. Checks operand count, ranks, windows,
// attribute ranges and overflow; doesn't look at parameters.
Result<std::vector<TensorType>> inferTypes(const Op &op, std::span<const TensorType> operands);

// How many results the op has: 1, but 2 for an mlpconv whose GAP epilogue keeps the maps.
std::size_t resultCountOf(const Op &op);

// Output extent of a window along one axis (0 rows, 1 columns) for an input extent; less than 1 means that
// nothing is left. Inputs are assumed to be checked.
std::int64_t windowOutput(const Window &window, PoolExtent extent, int axis, std::int64_t input);

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

// Multiply-accumulates of one evaluation (convolutions and dense layers; 0 for everything else) and the
// number of parameters: the figures of docs/models.md.
std::int64_t multiplyAccumulates(const Op &op, std::span<const TensorType> operands);
std::int64_t parameterCount(const Op &op, std::span<const TensorType> operands);

} // namespace ninc

// Made-up numbers for what is timed or compared: the same in every run, on every machine. (Models' own
// weights are bound by ir/Weights.h, each from its name.)
#pragma once

#include <cstdint>
#include <vector>

#include "ir/Tensor.h"
#include "ir/Types.h"
#include "ir/ops/Ops.h"

namespace ninc {

// Normal, with mean 0.
Tensor randomTensor(const Shape &shape, std::uint64_t seed, double deviation = 1);

// What an application might give as an input: such numbers or, where it gives bytes, these.
Tensor randomInput(ElementType element, const Shape &shape, std::uint64_t seed);

// The op with every parameter filled in, He-initialised like untrained models' (normal, variance 2/fanIn); a
// batch_norm's variance is at least 0.5. `inputs` are the op's operands.
Op withRandomParameters(Op op, const std::vector<TensorType> &inputs, std::uint64_t seed);

} // namespace ninc

// Numbers with a shape: weights, constants, and what the interpreter computes with.
#pragma once

#include <memory>
#include <vector>

#include "ir/Types.h"

namespace ninc {

// Dense, row-major (outermost dimension first), f32.
struct Tensor {
  Shape shape;
  std::vector<float> data;

  friend bool operator==(const Tensor &, const Tensor &) = default;
};

// An op's parameter: shared, since passes copy ops freely, and never written to once made. Null until the
// weights are bound (ir/Weights.h).
using Parameter = std::shared_ptr<const Tensor>;

} // namespace ninc

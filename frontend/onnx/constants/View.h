// Numbers in another order, or some of them: what slices, transpositions, broadcasting and tiles are.
#pragma once

#include <optional>

#include "frontend/onnx/constants/Literal.h"

namespace ninc::onnx_import {

// Steps between neighbours, in elements, of a tensor in row-major order.
Dims stridesOf(const Dims &dims);

// The literal whose element [i, j, ...] is the source's number offset + i strides[0] + j strides[1] + ...
Literal view(const Literal &source, const Dims &dims, std::int64_t offset, const Dims &strides);

// What two tensors' extents stretch to, if they do: aligned at the end, an extent of 1 or none takes the
// other's.
std::optional<Dims> broadcast(const Dims &a, const Dims &b);

// The literal stretched to extents that it can be stretched to.
Literal stretched(const Literal &source, const Dims &dims);

} // namespace ninc::onnx_import

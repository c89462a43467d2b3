// What operators that move elements make of extents: the same for numbers that are known and for values.
#pragma once

#include <cstdint>
#include <vector>

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

// The extents behind Reshape, Flatten, Squeeze and Unsqueeze. Empty with the node failed where there are
// none.
Dims reshapedDims(NodeImport &node);
Dims flattenedDims(NodeImport &node);
Dims squeezedDims(NodeImport &node);
Dims unsqueezedDims(NodeImport &node);

// Transpose: dimension i of the result is dimension order[i] of the input.
std::vector<std::size_t> permutation(NodeImport &node);

// Slice, an entry a dimension of the input: `count` elements from `start` on, `step` apart, which may be
// negative.
struct SliceRange {
  std::int64_t start = 0, step = 1, count = 0;
};
std::vector<SliceRange> sliceRanges(NodeImport &node);

// Split: the axis, and the extents of the parts along it.
struct SplitParts {
  std::size_t axis = 0;
  std::vector<std::int64_t> sizes;
};
SplitParts splitParts(NodeImport &node);

} // namespace ninc::onnx_import

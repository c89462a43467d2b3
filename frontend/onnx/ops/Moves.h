// Elements moved, whatever the dimensions that an ONNX operator counts: the graph has at most four.
#pragma once

#include <vector>

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

// The value, which has extents `shape` in the graph's count or more of them than a graph can have, with its
// dimensions in another order: dimension i of the result is dimension order[i]. Extents of 1 and dimensions
// that stay neighbours don't count, so that an order of many dimensions is often one of few. The result has
// the shape `result`, which has the elements of the permuted one in their order.
Value transposed(NodeImport &node, Value value, const Dims &shape, const std::vector<std::size_t> &order,
                 const Shape &result);

// `count` elements from `from` on along a dimension of the graph's value.
Value sliced(NodeImport &node, Value value, std::size_t axis, std::int64_t from, std::int64_t count,
             std::int64_t step = 1);

// The elements of a dimension of the graph's value from the last to the first.
Value reversed(NodeImport &node, Value value, std::size_t axis);

// Each element `times` times behind itself along a dimension of the graph's value.
Value repeated(NodeImport &node, Value value, std::size_t axis, std::int64_t times);

} // namespace ninc::onnx_import

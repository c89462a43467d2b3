// Pooling as an algorithm: the same windows over maps that a kernel reads (max_pool, average_pool) and over
// maps that it computes (an mlpconv's pool epilogue).
#pragma once

#include <functional>

#include "codegen/halide/KernelPipeline.h"

namespace ninc {

struct PooledMaps {
  Halide::Func folded;  // (channel, row, column): the maximum or the sum of each window
  Halide::RDom tap;     // of a window: x counts columns, y rows
  Halide::Expr element; // of the pooled maps, at the position
};

// What a max_pool or average_pool does, in an epilogue's words.
PoolEpilogue poolingOf(const Op &op);

// An element of the maps that are pooled. It is asked only for elements that exist.
using MapElement = std::function<Halide::Expr(Halide::Expr c, Halide::Expr row, Halide::Expr column)>;

// `maps` and `pooled` are [channels, rows, columns]; `position` names the result's channel, row and column,
// and then whatever else the result has, such as an image. Windows are clipped to the maps; an average is
// over what lies inside them, or inside the padded maps where countIncludePad says so.
PooledMaps definePooling(const PoolEpilogue &pool, const Shape &maps, const Shape &pooled,
                         const std::vector<Halide::Var> &position, const MapElement &element);

} // namespace ninc

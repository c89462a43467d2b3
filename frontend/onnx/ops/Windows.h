// Windows as ONNX's attributes say them, over signals [N, C, L], maps [N, C, H, W] and volumes [N, C, D, H,
// W].
#pragma once

#include "frontend/import/Convolution.h"
#include "frontend/onnx/NodeImport.h"
#include "ir/ops/Window.h"

namespace ninc::onnx_import {

// Input 0 as [C, extents...], of which there are one to three. Where the graph has no batch, its images'
// channels are channels behind one another: C is imagesOf as many.
Value spatial(NodeImport &node);
std::int64_t imagesOf(const NodeImport &node, const Dims &dims);

// Gives such [C, extents...] to the node's output, as many dimensions as its input 0 has.
void giveSpatial(NodeImport &node, Value value);

// `kernel_shape`, a number a dimension; the node failed if there is none, or not as many.
Shape kernelOf(NodeImport &node);

// The attribute's numbers, one a dimension.
Shape spatialNumbers(NodeImport &node, std::string_view name, std::int64_t otherwise);

// The window of `kernel` over input 0: strides, dilations, pads, auto_pad.
SpatialWindow windowOf(NodeImport &node, const Shape &kernel);

// Zeros in front of `input` elements and behind them, for as many results as there are strides in them.
struct Sides {
  std::int64_t before = 0, behind = 0;
};
Sides samePadding(std::int64_t all, bool upper);

// Whether all of a window's numbers are in a kernel's range; refused if not.
bool checkRange(NodeImport &node, const SpatialWindow &window);

} // namespace ninc::onnx_import

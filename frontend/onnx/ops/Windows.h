// Windows as ONNX's attributes say them.
#pragma once

#include <array>

#include "frontend/onnx/NodeImport.h"
#include "ir/ops/Window.h"

namespace ninc::onnx_import {

// `kernel_shape` over rows and columns; a signal has one row. {1, 1} with the node failed if there is none.
std::array<std::int64_t, 2> kernelOf(NodeImport &node);

// The window of `kernel` over maps of these rows and columns: strides, dilations, pads, auto_pad.
Window windowOf(NodeImport &node, std::array<std::int64_t, 2> kernel);

// Gives maps [C, H, W] to the node's output, as many dimensions as its input 0 has.
void giveMaps(NodeImport &node, Value maps);

} // namespace ninc::onnx_import

// Many elements made one.
#pragma once

#include <vector>

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

enum class Fold { mean, sum, maximum };

// The fold of all elements along the axes, which stay with extent 1. Refused where an axis of more than one
// element lies in front of one that isn't folded.
Meaning folded(NodeImport &node, Fold fold, const Meaning &x, const std::vector<std::size_t> &axes);

} // namespace ninc::onnx_import

// What operators compute of numbers that are known: shapes as exporters compute them, weights that are scaled
// or turned. No kernel has a part in it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "frontend/onnx/Operators.h"

namespace ninc::onnx_import {

// Null for an operator that isn't evaluated. All inputs of the node are literals.
const Operator *findEvaluator(std::string_view name);

std::vector<const Operator *> allEvaluators();

// Whether an operator asks for the extents of its input alone, so that its numbers needn't be known.
bool asksForShapeAlone(std::string_view name);

std::span<const Operator> arithmeticEvaluators();
std::span<const Operator> shapeEvaluators();
std::span<const Operator> sourceEvaluators();

} // namespace ninc::onnx_import

// The operators of ONNX by their names: what each becomes in a graph, and what it computes of numbers that
// are known. Both are tables of small functions, a file a family in ops/ and constants/.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

struct Operator {
  std::string_view name;
  void (*import)(NodeImport &node);
};

// Null for one that isn't supported.
const Operator *findOperator(std::string_view name);

std::vector<const Operator *> allOperators();

// The families.
std::span<const Operator> convolutionOperators();
std::span<const Operator> poolingOperators();
std::span<const Operator> elementOperators();
std::span<const Operator> arithmeticOperators();
std::span<const Operator> normalisationOperators();
std::span<const Operator> shapeOperators();
std::span<const Operator> denseOperators();
std::span<const Operator> reductionOperators();
std::span<const Operator> enlargingOperators();
std::span<const Operator> resizingOperators();
std::span<const Operator> choosingOperators();
std::span<const Operator> truthOperators();
std::span<const Operator> castingOperators();

} // namespace ninc::onnx_import

// Functions of two elements over tensors that stretch to one another.
#pragma once

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

// An operand of arithmetic: a value or known numbers, with the extents by which it stretches.
Meaning operandOf(NodeImport &node, std::size_t input);

// The operand as a value of so many dimensions of the file; where extents are missing in front they are 1.
Value aligned(NodeImport &node, const Meaning &operand, std::size_t rank);

// f(a, b) as a value with its extents.
Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, const Meaning &b);
Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, double number);
// f(x).
Meaning applied(NodeImport &node, Unary function, const Meaning &x);

} // namespace ninc::onnx_import

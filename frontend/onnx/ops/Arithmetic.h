// Functions of two elements over tensors that stretch to one another.
#pragma once

#include "frontend/onnx/NodeImport.h"

namespace ninc::onnx_import {

// An operand of arithmetic: a value or known numbers, with the extents by which it stretches.
Meaning operandOf(NodeImport &node, std::size_t input);

// f(a, b) as a value with its extents.
Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, const Meaning &b);
Meaning combined(NodeImport &node, BinaryKind kind, const Meaning &a, double number);
// f(x).
Meaning applied(NodeImport &node, Unary function, const Meaning &x);

} // namespace ninc::onnx_import

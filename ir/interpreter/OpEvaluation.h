// What each family of ops computes, as functions from tensors to tensors. Inside the interpreter only:
// everybody else calls evaluate(), which checks types and parameters first, so nothing here does.
//
// Tensors are row-major in logical order. Every sum is a double, every result is rounded to f32 once.
#pragma once

#include <cstdint>
#include <span>

#include "ir/Tensor.h"
#include "ir/ops/Ops.h"

namespace ninc::reference {

// A tensor of zeros.
Tensor zeros(Shape shape);

// Convolution.cpp. Weight and bias must be bound; x is [C, H, W].
Tensor convolve(const ConvLayer &layer, const Tensor &x);

// Pooling.cpp. x is [C, H, W]; globalAverage gives [C].
Tensor maxPool(const Window &window, PoolExtent extent, const Tensor &x);
Tensor averagePool(const AveragePool &op, const Tensor &x);
Tensor globalAverage(const Tensor &x);

// Elementwise.cpp.
Tensor apply(const Unary &function, const Tensor &x);
Tensor apply(const Binary &function, const Tensor &a, const Tensor &b);
double activate(const Activation &activation, double v);
Tensor add(const Tensor &a, const Tensor &b);

// Normalisation.cpp.
Tensor normaliseBatch(const BatchNorm &op, const Tensor &x);
Tensor normaliseResponse(const Lrn &op, const Tensor &x);
Tensor softmax(const Tensor &x);

// Shapes.cpp.
Tensor concatenate(std::int64_t axis, std::span<const Tensor *const> parts);
Tensor reshape(Shape shape, const Tensor &x);

// Dense.cpp. x is [I].
Tensor multiplyMatrix(const Dense &op, const Tensor &x);

} // namespace ninc::reference

// What each op computes, as functions from tensors to tensors, and the loops that they and error bounds
// share. Inside the interpreter only: everybody else calls evaluate() of Interpreter.h, which checks types
// and parameters first, so nothing here does.
//
// Tensors are row-major in logical order. Every sum is a double, every result is rounded to f32 once.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ir/Tensor.h"
#include "ir/ops/Ops.h"

namespace ninc::reference {

using Tensors = std::vector<Tensor>;
using Operands = std::span<const Tensor *const>;

// The op's results. One overload an op, in the file of its family; a missing one is an undefined symbol.
#define NINC_OP(Struct, spelling) Tensors evaluate(const Struct &op, Operands operands);
#include "ir/ops/Ops.def"

// An op's only result.
inline Tensors single(Tensor tensor) {
  Tensors tensors;
  tensors.push_back(std::move(tensor));
  return tensors;
}

// A tensor of zeros.
Tensor zeros(Shape shape);

// Convolution.cpp. Weight and bias must be bound; x is [C, H, W].
Tensor convolve(const ConvLayer &layer, const Tensor &x);

// Pooling.cpp. x is [C, H, W]; globalAverage gives [C].
Tensor maxPool(const Window &window, PoolExtent extent, const Tensor &x);
Tensor averagePool(const AveragePool &op, const Tensor &x);
Tensor globalAverage(const Tensor &x);

// Elementwise.cpp.
double activate(const Activation &activation, double v);
Tensor add(const Tensor &a, const Tensor &b);
Unary rectifierOf(const Prelu &prelu, std::size_t channel); // the channel's leaky_relu

// Normalisation.cpp. A batch_norm of one number of a channel.
double normalise(const BatchNorm &norm, std::size_t channel, double x);
Tensor softmax(const Tensor &x);

// Pointwise.cpp. A step of an element of that channel, of as many numbers as it takes; and a chain over
// operands that match.
double valueOf(const PointwiseFunction &function, std::span<const double> x, std::size_t channel);
Tensor evaluateChain(const PointwiseChain &chain, Operands operands);

// Shapes.cpp.
Tensor concatenate(std::int64_t axis, std::span<const Tensor *const> parts);
Tensor reshape(Shape shape, const Tensor &x);
Tensor transpose(const Shape &order, const Tensor &x);
Tensor slice(const Slice &op, const Tensor &x);
// With `fill` where the op has its own.
Tensor pad(const Pad &op, float fill, const Tensor &x);

} // namespace ninc::reference

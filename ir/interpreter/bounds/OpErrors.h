// The error of each op's results, and what these bounds are made of. Inside this room only: everybody else
// calls errorBounds().
//
// u is half a unit in the last place of f32, 2^-24. Two formulas carry everything (docs/numerics.md):
//
//   rounding     an n-term sum of products p_k with result y:   u ((2 + sqrt(n)/4) sum |p_k| + n/4 |y|)
//   propagation  errors e_k of the terms' operands, weights w_k: max(sqrt(sum w_k^2 e_k^2), |sum w_k e_k|)
//
// The first, doubled, is Higham and Mary's probabilistic bound (SIAM J. Sci. Comput. 41(5), 2019) for the
// worst order of the terms, plus the certain bound for equal terms; the second is what independent errors and
// what equal errors of one sign make of each other. Both are convolutions of absolute, squared or plain
// weights, so the reference's own loops compute them. Winograd's transforms round otherwise: WinogradError.h.
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "ir/Tensor.h"
#include "ir/Winograd.h"
#include "ir/interpreter/OpEvaluation.h"
#include "ir/interpreter/bounds/UnitRoundoff.h"
#include "ir/ops/Ops.h"

namespace ninc::bounds {

using reference::single;
using reference::Tensors;

// What an op reads: values as the reference has them, and how far a kernel's may be from each.
struct Operand {
  const Tensor &value, &error;
};
using Operands = std::span<const Operand>;

// How the op's kernel computes.
struct Computation {
  std::optional<WinogradTile> winograd = std::nullopt; // the (first) convolution
  ElementType storage = ElementType::f32;              // of weights, and of values between layers
};

// How far a kernel's results may be from the reference's. One overload an op, in the file of its family; a
// missing one is an undefined symbol. Errors needn't be finite: the caller sees to that.
#define NINC_OP(Struct, spelling)                                                                            \
  Tensors resultErrors(const Struct &op, Operands operands, const Computation &how);
#include "ir/ops/Ops.def"

// exp, log and pow in a kernel are polynomials: a few units in the last place, here generously many.
constexpr double functionUlps = 16;

// f(v) for each element, computed in double and rounded.
template <class F>
Tensor mapElements(const Tensor &x, F f) {
  Tensor y = x;
  for (float &v : y.data)
    v = static_cast<float>(f(static_cast<double>(v)));
  return y;
}

inline Tensor magnitudes(const Tensor &x) {
  return mapElements(x, [](double v) { return std::abs(v); });
}

// 0 for an empty tensor.
double largestMagnitude(const Tensor &x);

// Errors made finite (finiteError).
Tensor bounded(Tensor errors);

// Rounding of a sum in any order: the first formula above.
double summationError(std::int64_t terms, double sumOfMagnitudes, double sum);

// What keeping values as halves adds to their errors; numbers below the normal range may become zero.
Tensor keptAsHalves(const Tensor &values, Tensor errors);

// Of an input's numbers, `values`: mean and factor are rounded to f32, and so are difference and product.
Tensor preprocessingErrors(const TensorType &type, const Tensor &values);

// What layers and their epilogues share. x is [C, H, W]; softmax takes any shape.
Tensor averagePoolErrors(const AveragePool &op, const Operand &x);
Tensor globalAverageErrors(const Operand &x);
Tensor softmaxErrors(const Operand &x);
Tensor chainErrors(const PointwiseChain &chain, Operands operands);

} // namespace ninc::bounds

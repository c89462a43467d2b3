#include "ir/interpreter/bounds/ElementErrors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ir/interpreter/Broadcast.h"
#include "ir/interpreter/bounds/OpErrors.h"
#include "ir/interpreter/bounds/UnitRoundoff.h"

namespace ninc {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Numbers of so many units, of a kernel that rounds; what it makes may also be flushed to zero.
double roundingOf(double units) {
  return units == 0 ? 0 : unitRoundoff * units + smallestNormal;
}

// A kernel may read what lies below the normal numbers as zero.
double withFlushing(double x, double error) {
  return std::abs(x) < smallestNormal ? std::max(error, std::abs(x)) : error;
}

// How far the value may move while the argument is off by e.
double movement(const Unary &function, double x, double e) {
  if (e == 0) return 0;
  const UnaryFunction &row = functionOf(function.kind);
  const double low = std::max(x - e, row.least), high = x + e, y = valueOf(function, x);
  double furthest = 0;
  auto look = [&](double at) {
    const double distance = std::abs(valueOf(function, at) - y);
    furthest = std::max(furthest, std::isnan(distance) ? infinity : distance);
  };
  look(low);
  look(high);
  if (!row.turn) return furthest;
  // Of a wave the first two turns in there have all that there is.
  double turn = *row.turn;
  if (row.isWave) turn += std::ceil((low - turn) / std::numbers::pi) * std::numbers::pi;
  for (int i = 0; i < (row.isWave ? 2 : 1); ++i, turn += std::numbers::pi)
    if (low < turn && turn < high) look(turn);
  return furthest;
}

} // namespace

double errorOf(const Unary &function, double x, double error) {
  const UnaryFunction &row = functionOf(function.kind);
  return movement(function, x, withFlushing(x, error)) +
         roundingOf(row.rounding(x, valueOf(function, x), function.numbers));
}

double errorOf(const Binary &function, double a, double b, double aError, double bError) {
  const BinaryFunction &row = functionOf(function.kind);
  return row.movement(a, b, withFlushing(a, aError), withFlushing(b, bError)) +
         roundingOf(row.rounding(a, b, row.value(a, b)));
}

Tensor elementErrors(const Unary &function, const Tensor &x, const Tensor &errors) {
  Tensor result = errors;
  for (std::size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = finiteError(errorOf(function, x.data[i], errors.data[i]));
  return result;
}

Tensor elementErrors(const Binary &function, const Tensor &a, const Tensor &aErrors, const Tensor &b,
                     const Tensor &bErrors) {
  return reference::broadcast(a, b, [&](std::size_t i, std::size_t j) {
    return finiteError(errorOf(function, a.data[i], b.data[j], aErrors.data[i], bErrors.data[j]));
  });
}

namespace bounds {

Tensors resultErrors(const Unary &op, Operands operands, const Computation &) {
  return single(elementErrors(op, operands[0].value, operands[0].error));
}

Tensors resultErrors(const Binary &op, Operands operands, const Computation &) {
  return single(
      elementErrors(op, operands[0].value, operands[0].error, operands[1].value, operands[1].error));
}

Tensors resultErrors(const Prelu &op, Operands operands, const Computation &) {
  const Tensor &x = operands[0].value;
  Tensor errors = operands[0].error;
  const std::size_t size = errors.data.size() / op.slope->data.size();
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] = finiteError(errorOf(reference::rectifierOf(op, i / size), x.data[i], errors.data[i]));
  return single(std::move(errors));
}

} // namespace bounds

} // namespace ninc

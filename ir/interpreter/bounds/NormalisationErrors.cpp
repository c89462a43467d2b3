// Normalisations: each result depends on its neighbours, so their errors and the slopes towards them count
// too.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/bounds/ElementErrors.h"
#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc {

double normalisationError(const BatchNorm &norm, std::size_t channel, double x, double error) {
  const double slope = std::abs(norm.scale->data[channel] /
                                std::sqrt(static_cast<double>(norm.variance->data[channel]) + norm.epsilon));
  const double magnitude = slope * (std::abs(x) + std::abs(static_cast<double>(norm.mean->data[channel]))) +
                           std::abs(static_cast<double>(norm.bias->data[channel]));
  return slope * error + 8 * unitRoundoff * magnitude + (2 * slope + 1) * smallestNormal;
}

namespace bounds {

// y_i = exp(x_i - m) / sum: the derivative is y_i (e_i - sum_j y_j e_j).
Tensor softmaxErrors(const Operand &x) {
  const Tensor y = reference::softmax(x.value);
  const auto channels = static_cast<std::size_t>(y.shape[0]);
  const std::size_t size = y.data.size() / channels;
  Tensor errors = y;
  for (std::size_t i = 0; i < size; ++i) {
    double largest = x.value.data[i], mean = 0;
    for (std::size_t at = i; at < y.data.size(); at += size) {
      largest = std::max(largest, static_cast<double>(x.value.data[at]));
      mean += static_cast<double>(y.data[at]) * x.error.data[at];
    }
    for (std::size_t at = i; at < y.data.size(); at += size) {
      const double roundings =
          functionUlps + 2 * (largest - x.value.data[at]) + static_cast<double>(channels);
      const double error = y.data[at] * (x.error.data[at] + mean + unitRoundoff * roundings) + smallestNormal;
      errors.data[at] = finiteError(std::min(error, 1.0)); // probabilities are never further apart
    }
  }
  return errors;
}

Tensors resultErrors(const Softmax &, Operands operands, const Computation &) {
  return single(softmaxErrors(operands[0]));
}

Tensors resultErrors(const BatchNorm &op, Operands operands, const Computation &) {
  const Operand &x = operands[0];
  Tensor errors = x.error;
  const std::size_t size = errors.data.size() / static_cast<std::size_t>(errors.shape[0]);
  for (std::size_t i = 0; i < errors.data.size(); ++i)
    errors.data[i] = finiteError(normalisationError(op, i / size, x.value.data[i], errors.data[i]));
  return single(std::move(errors));
}

// y_c = x_c s^-beta with s = k + alpha/size sum x_d^2; dy_c/dx_d = -2 alpha beta/size x_c x_d s^(-beta-1),
// and s^-beta more for d = c. pow goes through exp(beta log s), which costs |beta log s| more.
Tensors resultErrors(const Lrn &op, Operands operands, const Computation &) {
  const Operand &x = operands[0];
  const auto channels = static_cast<std::size_t>(x.value.shape[0]);
  const std::size_t size = x.value.data.size() / channels;
  const auto before = static_cast<std::size_t>((op.size - 1) / 2),
             after = static_cast<std::size_t>(op.size / 2);
  const double share = op.alpha / static_cast<double>(op.size), beta = std::abs(static_cast<double>(op.beta));
  Tensor errors = x.error;
  for (std::size_t at = 0; at < errors.data.size(); ++at) {
    const std::size_t c = at / size, i = at % size;
    const std::size_t first = c < before ? 0 : c - before, last = std::min(c + after, channels - 1);
    double squares = 0, crossed = 0;
    for (std::size_t d = first; d <= last; ++d) {
      const double v = x.value.data[d * size + i];
      squares += v * v;
      crossed += std::abs(v) * x.error.data[d * size + i];
    }
    const double v = std::abs(static_cast<double>(x.value.data[at]));
    if (v == 0 && crossed == 0 && errors.data[at] == 0) continue; // s may be 0
    const double s = op.k + share * squares, power = std::pow(s, -static_cast<double>(op.beta));
    const auto terms = static_cast<double>(last - first + 1);
    const double roundings = functionUlps + 4 * beta * std::abs(std::log(s)) + beta * (terms + 2);
    // Squares below 2^-126 of their scale, 2^88 there, count where k is as small.
    const double lost = op.k < 0x1p-60f ? std::min(1.0, 2 * beta * terms * 0x1p-214 / squares) : 0;
    errors.data[at] = finiteError(power * (x.error.data[at] + 2 * std::abs(share) * beta * v / s * crossed +
                                           (unitRoundoff * roundings + lost) * v) +
                                  smallestNormal);
  }
  return single(std::move(errors));
}

} // namespace bounds

} // namespace ninc

// Batch normalisation with its training statistics, local response normalisation, softmax. All three look at
// the first dimension: a tensor is taken as `channels` stretches of `size` elements behind one another.
#include <algorithm>
#include <cmath>

#include "ir/interpreter/OpEvaluation.h"

namespace ninc::reference {

namespace {

struct Channels {
  std::size_t count = 0; // extent of the first dimension
  std::size_t size = 0;  // elements of one channel
};

Channels channelsOf(const Tensor &x) {
  auto count = static_cast<std::size_t>(x.shape[0]);
  return {count, x.data.size() / count};
}

} // namespace

double normalise(const BatchNorm &norm, std::size_t channel, double x) {
  const double mean = norm.mean->data[channel], bias = norm.bias->data[channel];
  const double deviation = std::sqrt(static_cast<double>(norm.variance->data[channel]) + norm.epsilon);
  return (x - mean) / deviation * norm.scale->data[channel] + bias;
}

Tensors evaluate(const BatchNorm &op, Operands operands) {
  const Tensor &x = *operands[0];
  const Channels channels = channelsOf(x);
  Tensor y = zeros(x.shape);
  for (std::size_t i = 0; i < x.data.size(); ++i)
    y.data[i] = static_cast<float>(normalise(op, i / channels.size, x.data[i]));
  return single(std::move(y));
}

Tensors evaluate(const Lrn &op, Operands operands) {
  const Tensor &x = *operands[0];
  const Channels channels = channelsOf(x);
  const auto before = static_cast<std::size_t>((op.size - 1) / 2),
             after = static_cast<std::size_t>(op.size / 2);
  Tensor y = zeros(x.shape);
  for (std::size_t c = 0; c < channels.count; ++c) {
    const std::size_t first = c < before ? 0 : c - before;
    const std::size_t last = std::min(c + after, channels.count - 1);
    for (std::size_t i = 0; i < channels.size; ++i) {
      double squares = 0;
      for (std::size_t d = first; d <= last; ++d) {
        const double v = x.data[d * channels.size + i];
        squares += v * v;
      }
      const double scale = op.k + static_cast<double>(op.alpha) / static_cast<double>(op.size) * squares;
      const double v = x.data[c * channels.size + i];
      y.data[c * channels.size + i] =
          static_cast<float>(v == 0 ? v : v / std::pow(scale, static_cast<double>(op.beta)));
    }
  }
  return single(std::move(y));
}

// The maximum is subtracted first, so that exp never overflows; the quotient doesn't notice.
Tensor softmax(const Tensor &x) {
  const Channels channels = channelsOf(x);
  Tensor y = zeros(x.shape);
  for (std::size_t i = 0; i < channels.size; ++i) {
    double largest = x.data[i];
    for (std::size_t c = 1; c < channels.count; ++c)
      largest = std::max(largest, static_cast<double>(x.data[c * channels.size + i]));
    double sum = 0;
    for (std::size_t c = 0; c < channels.count; ++c)
      sum += std::exp(x.data[c * channels.size + i] - largest);
    for (std::size_t c = 0; c < channels.count; ++c)
      y.data[c * channels.size + i] =
          static_cast<float>(std::exp(x.data[c * channels.size + i] - largest) / sum);
  }
  return y;
}

Tensors evaluate(const Softmax &, Operands operands) {
  return single(softmax(*operands[0]));
}

} // namespace ninc::reference

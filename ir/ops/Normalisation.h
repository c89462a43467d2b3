// Ops that scale elements by what stands beside them, or stood beside them in training.
#pragma once

#include <cstdint>

#include "ir/Tensor.h"

namespace ninc {

// y[c, ...] = (x[c, ...] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c], c the first
// dimension. Parameters `scale`, `bias`, `mean`, `variance`, each [C].
struct BatchNorm {
  float epsilon = 1e-5f;
  Parameter scale, bias, mean, variance;
  friend bool operator==(const BatchNorm &, const BatchNorm &) = default;
};

// exp(x - max) / sum of the same, along the first dimension.
struct Softmax {
  friend bool operator==(const Softmax &, const Softmax &) = default;
};

// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3, with ONNX's and
// Caffe's alpha/size): y[c] = x[c] / (k + alpha/size * sum of x[d]^2)^beta, d from c - (size-1)/2 to
// c + size/2 (integer divisions), inside the channels; 0 where x[c] is 0, whatever k is. alpha and k are at
// least 0 and not both 0: of negative numbers there is no such power.
struct Lrn {
  std::int64_t size = 5;
  float alpha = 1e-4f;
  float beta = 0.75f;
  float k = 1.0f;
  friend bool operator==(const Lrn &, const Lrn &) = default;
};

} // namespace ninc

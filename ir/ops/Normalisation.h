// Ops that scale elements by what stands beside them, or stood beside them in training.
#pragma once

#include <cstdint>

#include "ir/Tensor.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/ChannelParameter.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// y[c, ...] = (x[c, ...] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c], c the first
// dimension. Parameters `scale`, `bias`, `mean`, `variance`, each [C].
struct BatchNorm {
  float epsilon = 1e-5f;
  Parameter scale, bias, mean, variance;
  static constexpr OpTraits traits = {.elementwise = true};
  static constexpr auto attributes = std::tuple{attribute::Named{"epsilon", &BatchNorm::epsilon}};
  static constexpr ChannelParameter<BatchNorm> channelParameters[] = {{"scale", &BatchNorm::scale},
                                                                      {"bias", &BatchNorm::bias},
                                                                      {"mean", &BatchNorm::mean},
                                                                      {"variance", &BatchNorm::variance}};
  friend bool operator==(const BatchNorm &, const BatchNorm &) = default;
};

// exp(x - max) / sum of the same, along the first dimension.
struct Softmax {
  static constexpr OpTraits traits = {};
  static constexpr attribute::None attributes = {};
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
  static constexpr OpTraits traits = {};
  static constexpr auto attributes =
      std::tuple{attribute::Named{"size", &Lrn::size, 1}, attribute::Named{"alpha", &Lrn::alpha},
                 attribute::Named{"beta", &Lrn::beta}, attribute::Named{"k", &Lrn::k}};
  friend bool operator==(const Lrn &, const Lrn &) = default;
};

} // namespace ninc

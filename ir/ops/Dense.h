// Layers whose every output reads every input.
#pragma once

#include <cstdint>

#include "ir/Tensor.h"
#include "ir/ops/Activation.h"

namespace ninc {

// [I] -> [O]: y = act(weight x + bias). Parameters `weight` [O, I], `bias` [O] or absent.
struct Dense {
  std::int64_t outFeatures = 0;
  bool hasBias = true;
  Activation activation;
  Parameter weight;
  Parameter bias;
  friend bool operator==(const Dense &, const Dense &) = default;
};

} // namespace ninc

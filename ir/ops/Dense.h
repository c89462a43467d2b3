// Layers whose every output reads every input.
#pragma once

#include <cstdint>

#include "ir/Tensor.h"
#include "ir/ops/Activation.h"
#include "ir/ops/Attributes.h"
#include "ir/ops/OpTraits.h"

namespace ninc {

// [I] -> [O]: y = act(weight x + bias). Parameters `weight` [O, I], `bias` [O] or absent.
struct Dense {
  std::int64_t outFeatures = 0;
  bool hasBias = true;
  Activation activation;
  Parameter weight;
  Parameter bias;
  static constexpr OpTraits traits = {};
  static constexpr auto attributes =
      std::tuple{attribute::Outputs{"outputs", &Dense::outFeatures}, attribute::Activated{&Dense::activation},
                 attribute::Flag{"nobias", &Dense::hasBias, false}};
  friend bool operator==(const Dense &, const Dense &) = default;
};

} // namespace ninc

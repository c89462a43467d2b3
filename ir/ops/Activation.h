// Functions of one number, as kernels apply them to what they have computed.
#pragma once

#include <cstdint>

namespace ninc {

enum class ActivationKind : std::uint8_t { none, relu, leakyRelu, sigmoid, tanh };

// A function applied to each element. relu(v) = max(v, 0); leakyRelu(v) = v < 0 ? alpha*v : v;
// sigmoid(v) = 1/(1+exp(-v)).
struct Activation {
  ActivationKind kind = ActivationKind::none;
  float alpha = 0; // leakyRelu only
  friend bool operator==(const Activation &, const Activation &) = default;
};

} // namespace ninc

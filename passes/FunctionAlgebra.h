// Which functions of elements mean the same: the algebra that canonicalize simplifies them by. Over finite
// numbers, and exactly: what is said to be equal is so to the last bit.
#pragma once

#include <optional>

#include "ir/ops/Activation.h"

namespace ninc {

// The plainest form of a function: none for the identity.
//   leaky_relu 1, clip of all numbers  ->  none      leaky_relu 0, elu 0, clip 0 to the largest  ->  relu
Activation plainest(const Unary &function);

// The one function that is `second` behind `first`, in its plainest form, where there is one.
//   relu, clip in any order: one of the two   neg, neg: none   abs or neg, abs: abs   relu, abs: relu
std::optional<Activation> composed(const Unary &first, const Unary &second);

} // namespace ninc

// What a layer does to each of its sums, while it has them.
#pragma once

#include <optional>

#include "ir/ops/ElementFunctions.h"

namespace ninc {

// Any function of one element, or none: then a sum stays as it is.
using Activation = std::optional<Unary>;

std::string_view spellingOf(const Activation &activation); // "relu", "leaky_relu", ..., "none"

} // namespace ninc

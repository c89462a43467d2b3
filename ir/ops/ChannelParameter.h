// Parameters of one number a channel, as an op lists them beside its struct.
#pragma once

#include <string_view>

#include "ir/Tensor.h"

namespace ninc {

// Shape [C] for an operand [C, ...]. The suffix is what its tensor's name ends in (ParameterSlot::suffix).
template <class Struct>
struct ChannelParameter {
  std::string_view suffix;
  Parameter Struct::*parameter;
};

} // namespace ninc

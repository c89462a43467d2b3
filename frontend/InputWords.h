// How an application keeps an input, and what is done to it, in words from elsewhere than a model's text.
#pragma once

#include <string_view>

#include "ir/Types.h"
#include "support/Result.h"

namespace ninc {

// "u8 hwc mean 104,117,123 scale 0.017 bgr", the words of an input in a text without its shape, in any order:
// `given` as they want it. What they don't say stays. An error says which word is wrong; whether an input can
// be of that type is for the type rules to say.
Result<TensorType> typeByWords(std::string_view words, const TensorType &given);

} // namespace ninc

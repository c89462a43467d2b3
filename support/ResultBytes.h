// A result as bytes, for a child process to hand to its parent. Both ends run the same program.
#pragma once

#include <optional>
#include <string>

#include "support/Result.h"

namespace ninc {

// A mark, then the bytes, or the error's kind and message.
std::string encodeResult(Result<std::string> result);

// Nothing if no result was encoded: the child has left before.
std::optional<Result<std::string>> decodeResult(std::string bytes);

} // namespace ninc

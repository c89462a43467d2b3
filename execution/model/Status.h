// From what a library's functions return to errors.
#pragma once

#include <string_view>

#include "runtime/ninc_model.h"
#include "support/Result.h"

namespace ninc {

// "WHAT: the library's sentence (code N): the driver's words". What the machine lacks or refuses is bad
// input; all else is a defect.
Error statusError(const ninc_model &model, int status, std::string_view what, std::string_view words = {});

} // namespace ninc

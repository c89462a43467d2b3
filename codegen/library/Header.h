// The generated `model.h`: the C interface of one model, typed and documented, C99 and C++, in need of no
// other file. Whatever a model and its tensors are called, and whatever macros there are where it is
// included: a name stands in it as part of a longer one (codegen/library/HeaderNames.h) or in a comment,
// never alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "codegen/program/Program.h"
#include "support/Result.h"

namespace ninc {

// The header's text. An error if the model can't be called so (ir/ModelName.h).
Result<std::string> generateHeader(const Program &program, std::optional<std::int64_t> stackBytes = {});

} // namespace ninc

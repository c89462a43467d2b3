// The generated `model.h`: the C interface of one model, typed and documented, C99 and C++, in need of no
// other file.
#pragma once

#include <string>

#include "codegen/Program.h"
#include "support/Result.h"

namespace ninc {

// The header's text. An error if the model's name can't be told from the interface's own ("ninc"). Tensors
// whose names C or the interface has taken ("float", "scratch") get a trailing underscore as parameters.
Result<std::string> generateHeader(const Program &program);

} // namespace ninc

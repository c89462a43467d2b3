// What an object needs of those that it is linked with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

// The names, as C has them, of what a relocatable object of any format refers to and doesn't define; sorted.
Result<std::vector<std::string>> undefinedSymbols(std::string_view object, const Target &target);

// An internal error if there are others among them than C's memory functions and what every compiler for the
// target has in its own library.
Result<void> checkUndefinedSymbols(std::string_view object, const Target &target);

} // namespace ninc

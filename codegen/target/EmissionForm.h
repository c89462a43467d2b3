// What LLVM writes a module as.
#pragma once

#include <cstdint>

namespace ninc {

enum class EmissionForm : std::uint8_t { object, assembly, llvmIr };

} // namespace ninc

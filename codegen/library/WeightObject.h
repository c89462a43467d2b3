// The weights as an ELF relocatable object, written byte by byte: 33 MB of numbers as an LLVM constant take
// a second to emit, a header in front of them takes none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "codegen/target/Target.h"

namespace ninc {

// One read-only section that holds `bytes`, aligned to `alignment` (a power of two), and one hidden global
// symbol at its start. `bytes` may be empty.
std::string weightObject(std::span<const std::byte> bytes, const std::string &symbol, std::int64_t alignment,
                         Arch arch);

} // namespace ninc

// What tells this build of ninc from another one of the same version.
#pragma once

#include <string>

namespace ninc {

// The linker's checksum over the program or library that this function is in, as hexadecimal digits (the ELF
// note NT_GNU_BUILD_ID, ld's
// --build-id). It is read from memory and so needs neither /proc nor the program's file. Empty if the linker
// made none.
std::string buildId();

} // namespace ninc

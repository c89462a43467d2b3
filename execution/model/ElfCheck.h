// Whether a file is a whole shared library for this machine, found out before the loader maps it: dlopen
// trusts the headers, and touching a page that a truncated file doesn't have ends the process by SIGBUS.
#pragma once

#include <filesystem>

#include "support/Result.h"

namespace ninc {

// Reads the ELF header, the program headers and the section headers and checks that all they point at lies
// inside the file, and in memory inside what the loader maps for it. Errors name the file: not ELF, made for
// another machine ("made for aarch64, this machine is x86-64"), truncated, can't be read. Says nothing about
// what the segments hold. Thread-safe.
Result<void> checkSharedLibrary(const std::filesystem::path &library);

} // namespace ninc

// From objects to one library, through lld and LLVM's object copier, in a forked process
// (codegen/kernel/MadeApart.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/target/Target.h"
#include "support/Result.h"

namespace ninc {

struct LinkInput {
  std::string name; // of its file, for messages and --save-temps: "host.o"
  std::string_view bytes;
};

// What a library may take from the process it is loaded into beside what kernels and the runtime name: what
// opening a driver takes, and what mapping a file of weights takes.
struct Imports {
  bool device = false, weightFile = false;
};

// A shared library that exports exactly `exports`, needs no other library by name, and takes from the process
// it is loaded into only those functions of libc (an error otherwise). Sealed (support/Seal.h). Not to be
// called while another thread of the process uses LLVM. Deterministic. `soname` is what programs that are
// linked with it ask the loader for; empty: the path that they are linked with.
Result<std::string> linkSharedLibrary(std::span<const LinkInput> objects,
                                      const std::vector<std::string> &exports, Arch arch,
                                      Imports imports = {}, const std::string &soname = {});

// One relocatable object in which every symbol but `exports` is local, so that any number of them can be
// linked together. Otherwise as linkSharedLibrary.
Result<std::string> linkObject(std::span<const LinkInput> objects, const std::vector<std::string> &exports,
                               Arch arch, Imports imports = {});

// A static library with one member. Deterministic.
Result<std::string> makeArchive(const LinkInput &object);

} // namespace ninc

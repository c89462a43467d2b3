#include "driver/Version.h"

#include <fmt/format.h>

#include "codegen/target/PackageVersions.h"

extern "C" const char ninc_commit[]; // cmake/WriteCommit.cmake writes it

namespace ninc {

std::string commit() {
  return ninc_commit;
}

std::string versionReport() {
  return fmt::format("{}\ncommit {}\nLLVM {}, Halide {}", versionText, commit(), llvmVersion(),
                     halideVersion());
}

} // namespace ninc

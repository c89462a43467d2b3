// The part of codegen/target/PackageVersions.h that only Halide's header can answer.

#include <Halide.h>
#include <string>

#include "codegen/target/PackageVersions.h"

namespace ninc {

std::string halideVersion() {
  return std::to_string(HALIDE_VERSION_MAJOR) + "." + std::to_string(HALIDE_VERSION_MINOR) + "." +
         std::to_string(HALIDE_VERSION_PATCH);
}

} // namespace ninc

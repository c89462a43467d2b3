#include "codegen/target/PackageVersions.h"

#include <llvm/Config/llvm-config.h>

namespace ninc {

std::string llvmVersion() {
  return LLVM_VERSION_STRING;
}

} // namespace ninc

#include "codegen/EmbeddedRuntime.h"

#include <cstddef>

extern "C" {
extern const unsigned char ninc_runtime_x86_64[];
extern const std::size_t ninc_runtime_x86_64_bytes;
extern const unsigned char ninc_runtime_aarch64[];
extern const std::size_t ninc_runtime_aarch64_bytes;
extern const unsigned char ninc_model_header[];
extern const std::size_t ninc_model_header_bytes;
}

namespace ninc {

Result<std::span<const std::byte>> runtimeObject(Arch arch) {
  const bool x86 = arch == Arch::x86_64;
  const unsigned char *bytes = x86 ? ninc_runtime_x86_64 : ninc_runtime_aarch64;
  const std::size_t size = x86 ? ninc_runtime_x86_64_bytes : ninc_runtime_aarch64_bytes;
  const char *name = x86 ? "x86_64" : "aarch64";
  if (size == 0)
    return fail(std::string("this ninc can't make libraries for ") + name + ": it was built without " + name +
                "-linux-gnu-gcc; install it, then configure and build ninc again");
  return std::as_bytes(std::span(bytes, size));
}

std::string_view modelHeaderText() {
  return {reinterpret_cast<const char *>(ninc_model_header), ninc_model_header_bytes};
}

} // namespace ninc

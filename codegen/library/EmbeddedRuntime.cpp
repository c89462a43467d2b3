#include "codegen/library/EmbeddedRuntime.h"

#include <cstddef>

extern "C" {
extern const unsigned char ninc_runtime_x86_64[];
extern const std::size_t ninc_runtime_x86_64_bytes;
extern const unsigned char ninc_runtime_aarch64[];
extern const std::size_t ninc_runtime_aarch64_bytes;
extern const unsigned char ninc_weights_runtime_x86_64[];
extern const std::size_t ninc_weights_runtime_x86_64_bytes;
extern const unsigned char ninc_weights_runtime_aarch64[];
extern const std::size_t ninc_weights_runtime_aarch64_bytes;
extern const unsigned char ninc_device_runtime_x86_64[];
extern const std::size_t ninc_device_runtime_x86_64_bytes;
extern const unsigned char ninc_device_runtime_aarch64[];
extern const std::size_t ninc_device_runtime_aarch64_bytes;
extern const unsigned char ninc_model_header[];
extern const std::size_t ninc_model_header_bytes;
extern const unsigned char ninc_devices_header[];
extern const std::size_t ninc_devices_header_bytes;
}

namespace ninc {

namespace {

Result<std::span<const std::byte>> objectFor(Arch arch, std::span<const unsigned char> x86_64,
                                             std::span<const unsigned char> aarch64) {
  const bool x86 = arch == Arch::x86_64;
  const char *name = x86 ? "x86_64" : "aarch64";
  const std::span<const unsigned char> bytes = x86 ? x86_64 : aarch64;
  if (bytes.empty())
    return fail(std::string("this ninc can't make libraries for ") + name + ": it was built without " + name +
                "-linux-gnu-gcc; install it, then configure and build ninc again");
  return std::as_bytes(bytes);
}

} // namespace

Result<std::span<const std::byte>> runtimeObject(Arch arch) {
  return objectFor(arch, {ninc_runtime_x86_64, ninc_runtime_x86_64_bytes},
                   {ninc_runtime_aarch64, ninc_runtime_aarch64_bytes});
}

Result<std::span<const std::byte>> weightsRuntimeObject(Arch arch) {
  return objectFor(arch, {ninc_weights_runtime_x86_64, ninc_weights_runtime_x86_64_bytes},
                   {ninc_weights_runtime_aarch64, ninc_weights_runtime_aarch64_bytes});
}

Result<std::span<const std::byte>> deviceRuntimeObject(Arch arch) {
  return objectFor(arch, {ninc_device_runtime_x86_64, ninc_device_runtime_x86_64_bytes},
                   {ninc_device_runtime_aarch64, ninc_device_runtime_aarch64_bytes});
}

std::string_view modelHeaderText() {
  return {reinterpret_cast<const char *>(ninc_model_header), ninc_model_header_bytes};
}

std::string devicesHeaderText() {
  std::string text(reinterpret_cast<const char *>(ninc_devices_header), ninc_devices_header_bytes);
  constexpr std::string_view include = "#include \"ninc_model.h\"\n\n";
  text.erase(text.find(include), include.size()); // a test looks for what is left
  return text;
}

} // namespace ninc

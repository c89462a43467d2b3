#include "codegen/library/EmbeddedRuntime.h"

#include <cstddef>

// NAME and NAME_bytes, as the build embeds a file.
#define NINC_EMBEDDED(NAME)                                                                                  \
  extern const unsigned char NAME[];                                                                         \
  extern const std::size_t NAME##_bytes

extern "C" {
NINC_EMBEDDED(ninc_runtime_x86_64);
NINC_EMBEDDED(ninc_runtime_aarch64);
NINC_EMBEDDED(ninc_runtime_riscv64);
NINC_EMBEDDED(ninc_weights_runtime_x86_64);
NINC_EMBEDDED(ninc_weights_runtime_aarch64);
NINC_EMBEDDED(ninc_weights_runtime_riscv64);
NINC_EMBEDDED(ninc_device_runtime_x86_64);
NINC_EMBEDDED(ninc_device_runtime_aarch64);
NINC_EMBEDDED(ninc_device_runtime_riscv64);
NINC_EMBEDDED(ninc_runtime_windows_x86_64);
NINC_EMBEDDED(ninc_runtime_windows_aarch64);
NINC_EMBEDDED(ninc_runtime_macos_x86_64);
NINC_EMBEDDED(ninc_runtime_macos_aarch64);
NINC_EMBEDDED(ninc_runtime_wasm32);
NINC_EMBEDDED(ninc_runtime_bare_x86_64);
NINC_EMBEDDED(ninc_runtime_bare_aarch64);
NINC_EMBEDDED(ninc_runtime_bare_riscv64);
NINC_EMBEDDED(ninc_runtime_bare_riscv32);
NINC_EMBEDDED(ninc_runtime_bare_arm);
NINC_EMBEDDED(ninc_model_header);
NINC_EMBEDDED(ninc_devices_header);
}

namespace ninc {

namespace {

using Bytes = std::span<const std::byte>;

Bytes bytesOf(const unsigned char *first, std::size_t count) {
  return std::as_bytes(std::span(first, count));
}

#define NINC_BYTES(NAME) bytesOf(NAME, NAME##_bytes)

// Of one part of the runtime, for each architecture that Linux runs on.
struct ForLinux {
  Bytes x86_64, aarch64, riscv64;
};

Result<Bytes> objectFor(Arch arch, const ForLinux &objects) {
  Bytes bytes = objects.x86_64;
  const char *name = "x86_64";
  if (arch == Arch::aarch64) bytes = objects.aarch64, name = "aarch64";
  if (arch == Arch::riscv64) bytes = objects.riscv64, name = "riscv64";
  if (bytes.empty())
    return fail(std::string("this ninc can't make libraries for ") + name + ": it was built without " + name +
                "-linux-gnu-gcc; install it, then configure and build ninc again");
  return bytes;
}

Bytes codeOf(const Target &target) {
  const bool isX86 = target.arch == Arch::x86_64;
  switch (target.platform) {
  case Platform::windows:
    return isX86 ? NINC_BYTES(ninc_runtime_windows_x86_64) : NINC_BYTES(ninc_runtime_windows_aarch64);
  case Platform::macos:
    return isX86 ? NINC_BYTES(ninc_runtime_macos_x86_64) : NINC_BYTES(ninc_runtime_macos_aarch64);
  case Platform::wasm:
    return NINC_BYTES(ninc_runtime_wasm32);
  case Platform::none:
  case Platform::gnuLinux:
    break;
  }
  switch (target.arch) {
  case Arch::x86_64:
    return NINC_BYTES(ninc_runtime_bare_x86_64);
  case Arch::aarch64:
    return NINC_BYTES(ninc_runtime_bare_aarch64);
  case Arch::riscv64:
    return NINC_BYTES(ninc_runtime_bare_riscv64);
  case Arch::riscv32:
    return NINC_BYTES(ninc_runtime_bare_riscv32);
  case Arch::arm:
  case Arch::wasm32:
    break;
  }
  return NINC_BYTES(ninc_runtime_bare_arm);
}

} // namespace

Result<Bytes> runtimeObject(Arch arch) {
  return objectFor(arch, {NINC_BYTES(ninc_runtime_x86_64), NINC_BYTES(ninc_runtime_aarch64),
                          NINC_BYTES(ninc_runtime_riscv64)});
}

Result<Bytes> weightsRuntimeObject(Arch arch) {
  return objectFor(arch, {NINC_BYTES(ninc_weights_runtime_x86_64), NINC_BYTES(ninc_weights_runtime_aarch64),
                          NINC_BYTES(ninc_weights_runtime_riscv64)});
}

Result<Bytes> deviceRuntimeObject(Arch arch) {
  return objectFor(arch, {NINC_BYTES(ninc_device_runtime_x86_64), NINC_BYTES(ninc_device_runtime_aarch64),
                          NINC_BYTES(ninc_device_runtime_riscv64)});
}

Result<Bytes> runtimeCode(const Target &target) {
  const Bytes code = codeOf(target);
  if (code.empty())
    return fail("this ninc can't make libraries for " + target.name +
                ": it was built without clang; install it, then configure and build ninc again");
  return code;
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

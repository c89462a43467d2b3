#include "tuner/measure/EmbeddedRunner.h"

#include <fmt/format.h>

extern "C" {
extern const unsigned char ninc_runner_x86_64[];
extern const std::size_t ninc_runner_x86_64_bytes;
extern const unsigned char ninc_runner_aarch64[];
extern const std::size_t ninc_runner_aarch64_bytes;
}

namespace ninc {

Result<std::span<const std::byte>> runnerProgram(Arch arch) {
  const bool x86 = arch == Arch::x86_64;
  const unsigned char *bytes = x86 ? ninc_runner_x86_64 : ninc_runner_aarch64;
  const std::size_t size = x86 ? ninc_runner_x86_64_bytes : ninc_runner_aarch64_bytes;
  if (size == 0)
    return fail(
        fmt::format("this ninc can't time kernels on {0}: it was built without a C compiler for {0} that "
                    "links statically; install {0}-linux-gnu-gcc and its libc, then configure and build "
                    "ninc again",
                    x86 ? "x86_64" : "aarch64"));
  return std::as_bytes(std::span(bytes, size));
}

} // namespace ninc

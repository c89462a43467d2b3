#include "codegen/halide/Addressing.h"

#include <fmt/format.h>
#include <limits>

#include "runtime/cpu/runtime.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

} // namespace

int toInt(std::int64_t number) {
  if (number < -largest || number > largest)
    throw TooLarge{fmt::format("it counts to {}, a kernel at most to {}", number, largest)};
  return static_cast<int>(number);
}

void expectAddressable(double elements, std::string_view what) {
  const double bytes = elements * sizeof(float);
  if (bytes > static_cast<double>(largest))
    throw TooLarge{
        fmt::format("{} takes {:.0f} bytes there, a kernel addresses at most {}", what, bytes, largest)};
}

// Halide asks for a few elements more than it needs, the runtime rounds.
std::int64_t pieceBytes(std::int64_t channels, std::int64_t pixels) {
  constexpr std::int64_t surplus = 64;
  expectAddressable(static_cast<double>(channels) * static_cast<double>(pixels), "a block of a map");
  return roundUp(std::int64_t{sizeof(float)} * channels * pixels + surplus, NINC_SCRATCH_ALIGNMENT);
}

} // namespace ninc

#include "codegen/halide/Lowering.h"

#include <fmt/format.h>
#include <limits>

#include "runtime/cpu/runtime.h"
#include "support/Arithmetic.h"

namespace ninc {

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

std::string_view nameOf(ArgumentRole role) {
  switch (role) {
  case ArgumentRole::input:
    return "an operand";
  case ArgumentRole::weights:
    return "a packed parameter";
  case ArgumentRole::scratch:
    return "an intermediate map";
  case ArgumentRole::output:
    return "a result";
  }
  return "an argument";
}

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

void setDimensions(Halide::OutputImageParam parameter, const KernelArgument &argument) {
  double reach = 1; // elements from the first to the last; in int64 a padded map's could overflow
  for (const Dimension &dimension : argument.dimensions)
    reach += static_cast<double>(dimension.extent - 1) * static_cast<double>(dimension.stride);
  expectAddressable(reach, nameOf(argument.role));
  for (std::size_t i = 0; i < argument.dimensions.size(); ++i) {
    const Dimension &dimension = argument.dimensions[i];
    parameter.dim(static_cast<int>(i))
        .set_bounds(toInt(dimension.min), toInt(dimension.extent))
        .set_stride(toInt(dimension.stride));
  }
}

} // namespace ninc

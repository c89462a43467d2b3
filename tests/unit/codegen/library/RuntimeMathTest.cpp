// What stands in for instructions that a CPU hasn't got, against this machine's own: every 4099th of all
// floats.
extern "C" {
#include "runtime/cpu/math.c"
}

#include <bit>
#include <cmath>
#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(RuntimeMath, RoundsAndTakesRootsAsTheInstructionsDo) {
  constexpr std::uint32_t infinity = 0x7f800000, step = 4099;
  for (std::uint32_t bits = 0; bits < infinity; bits += step)
    for (const float x : {std::bit_cast<float>(bits), -std::bit_cast<float>(bits)}) {
      ASSERT_EQ(ninc_floorf(x), std::floor(x)) << x;
      ASSERT_EQ(ninc_ceilf(x), std::ceil(x)) << x;
      ASSERT_EQ(ninc_truncf(x), std::trunc(x)) << x;
      ASSERT_EQ(ninc_roundevenf(x), std::nearbyint(x)) << x;
      if (x >= 0) {
        ASSERT_EQ(ninc_sqrtf(x), std::sqrt(x)) << x;
      }
    }
}

} // namespace
} // namespace ninc

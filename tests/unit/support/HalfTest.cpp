// Halves against the definition of binary16, and against the hardware's own conversion where there is one.
#include "support/Half.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "support/Random.h"

namespace ninc {
namespace {

TEST(Half, KnowsTheNumbersOfTheStandard) {
  const std::pair<float, std::uint16_t> numbers[] = {
      {0.0f, 0x0000},         {-0.0f, 0x8000},          {1.0f, 0x3c00},     {-2.0f, 0xc000},
      {65504.0f, 0x7bff},     {0x1p-14f, 0x0400},       {0x1p-24f, 0x0001}, {1023 * 0x1p-24f, 0x03ff},
      {1 + 0x1p-10f, 0x3c01}, {0.333251953125f, 0x3555}};
  for (const auto &[number, half] : numbers) {
    EXPECT_EQ(toHalf(number), half) << number;
    EXPECT_EQ(fromHalf(half), number);
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(toHalf(1 + 0x1p-11f), 0x3c00) << "a tie";
  EXPECT_EQ(toHalf(1 + 3 * 0x1p-11f), 0x3c02) << "a tie";
  EXPECT_EQ(toHalf(1 + 0x1p-11f + 0x1p-20f), 0x3c01);
  EXPECT_EQ(toHalf(0x1p-25f), 0x0000) << "a tie";
  EXPECT_EQ(toHalf(3 * 0x1p-25f), 0x0002) << "a tie";
  EXPECT_EQ(toHalf(2047.9f / 2048 * 0x1p-14f), 0x0400) << "up to the normal numbers";
}

TEST(Half, StaysFiniteAndKeepsNan) {
  EXPECT_EQ(toHalf(65520.0f), 0x7bff);
  EXPECT_EQ(toHalf(-1e30f), 0xfbff);
  EXPECT_EQ(toHalf(std::numeric_limits<float>::infinity()), 0x7bff);
  EXPECT_TRUE(std::isnan(fromHalf(toHalf(std::nanf("")))));
  EXPECT_TRUE(std::isinf(fromHalf(0x7c00)));
}

TEST(Half, GoesThereAndBackUnchanged) {
  for (std::uint32_t half = 0; half < 0x7c00; ++half) {
    ASSERT_EQ(toHalf(fromHalf(static_cast<std::uint16_t>(half))), half);
    ASSERT_EQ(toHalf(fromHalf(static_cast<std::uint16_t>(half | 0x8000))), half | 0x8000);
  }
}

#ifdef __FLT16_MAX__
TEST(Half, IsWhatTheCompilersTypeSays) {
  Random random(7);
  for (int i = 0; i < 100000; ++i) {
    const auto number = static_cast<float>(random.normal() * std::exp2(random.normal() * 6));
    if (std::abs(number) > 65504) continue;
    ASSERT_EQ(fromHalf(toHalf(number)), static_cast<float>(static_cast<_Float16>(number))) << number;
  }
}
#endif

} // namespace
} // namespace ninc

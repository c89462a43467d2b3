#include "support/Arithmetic.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace ninc {
namespace {

TEST(DivideUp, CountsThePartThatIsNotFull) {
  EXPECT_EQ(divideUp(0, 4), 0);
  EXPECT_EQ(divideUp(1, 4), 1);
  EXPECT_EQ(divideUp(4, 4), 1);
  EXPECT_EQ(divideUp(5, 4), 2);
}

TEST(RoundUp, KeepsMultiples) {
  EXPECT_EQ(roundUp(0, 64), 0);
  EXPECT_EQ(roundUp(1, 64), 64);
  EXPECT_EQ(roundUp(64, 64), 64);
  EXPECT_EQ(roundUp(std::int64_t{1} << 40, 3), (std::int64_t{1} << 40) + 2);
}

} // namespace
} // namespace ninc

// What a kernel of 32-bit arithmetic can count to and address, and the words for what it can't.
#include "codegen/halide/Addressing.h"

#include <functional>
#include <gmock/gmock.h>

namespace ninc {
namespace {

using testing::HasSubstr;

std::string refusalOf(const std::function<void()> &ask) {
  try {
    ask();
  } catch (const TooLarge &error) {
    return error.reason;
  }
  return "";
}

TEST(Addressing, CountsToTheLargestInt) {
  EXPECT_EQ(toInt(2147483647), 2147483647);
  EXPECT_EQ(toInt(-2147483647), -2147483647);
  EXPECT_THAT(refusalOf([] { toInt(2147483648); }), HasSubstr("it counts to 2147483648"));
  EXPECT_THAT(refusalOf([] { toInt(-2147483648); }), HasSubstr("it counts to -2147483648"));
}

// 2^31 - 1 bytes are 536870911 f32 and three bytes.
TEST(Addressing, AddressesTwoGigabytes) {
  EXPECT_EQ(refusalOf([] { expectAddressable(536870911, "a map"); }), "");
  EXPECT_THAT(refusalOf([] { expectAddressable(536870912, "a map"); }),
              HasSubstr("a map takes 2147483648 bytes"));
}

// 3 channels of 5 pixels and 64 bytes of surplus are 124 bytes, given out in pieces of 128.
TEST(Addressing, PiecesOfScratchHaveSurplusAndAreRoundedUp) {
  EXPECT_EQ(pieceBytes(3, 5), 128);
  EXPECT_EQ(pieceBytes(1, 17), 256);
  EXPECT_THAT(refusalOf([] { pieceBytes(std::int64_t{1} << 40, std::int64_t{1} << 40); }),
              HasSubstr("a block of a map"));
}

} // namespace
} // namespace ninc

#include "ir/Types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string errorOf(const Shape &shape) {
  Result<void> checked = checkShape(shape);
  return checked ? "no error" : checked.error().message;
}

TEST(Types, CountElementsAndBytes) {
  EXPECT_EQ(elementCount({3, 32, 32}), 3072);
  EXPECT_EQ(byteCount({ElementType::f32, {3, 32, 32}, Layout::hwc}), 12288);
}

TEST(Types, StridesOfChwAreRowMajor) {
  EXPECT_THAT(stridesOf({ElementType::f32, {3, 5, 7}, Layout::chw}), ElementsAre(35, 7, 1));
  EXPECT_THAT(stridesOf({ElementType::f32, {2, 3, 5, 7}, Layout::chw}), ElementsAre(105, 35, 7, 1));
}

TEST(Types, StridesOfHwcPutAPixelsChannelsSideBySide) {
  EXPECT_THAT(stridesOf({ElementType::f32, {3, 5, 7}, Layout::hwc}), ElementsAre(1, 21, 3));
}

TEST(Types, AreSpelledAsInAModel) {
  EXPECT_EQ(toString(TensorType{ElementType::f32, {3, 32, 32}, Layout::chw}), "f32[3, 32, 32]");
  EXPECT_EQ(toString(TensorType{ElementType::f32, {3, 32, 32}, Layout::hwc}), "f32[3, 32, 32] hwc");
}

TEST(Types, AShapeHasOneToEightExtents) {
  EXPECT_EQ(errorOf({1}), "no error");
  EXPECT_EQ(errorOf({1, 2, 3, 4}), "no error");
  EXPECT_EQ(errorOf({}), "a shape has 1 to 8 extents, not 0");
  EXPECT_EQ(errorOf({1, 1, 1, 1, 1, 1, 1, 1}), "no error");
  EXPECT_EQ(errorOf({1, 1, 1, 1, 1, 1, 1, 1, 1}), "a shape has 1 to 8 extents, not 9");
}

TEST(Types, AnExtentIsPositive) {
  EXPECT_EQ(errorOf({3, 0, 32}), "extent 0 in [3, 0, 32] is not between 1 and 2147483647");
  EXPECT_THAT(errorOf({-1}), HasSubstr("extent -1"));
}

TEST(Types, ATensorHasLessThan2GiB) {
  EXPECT_EQ(errorOf({536870911}), "no error"); // 2^31 - 4 bytes
  EXPECT_THAT(errorOf({536870912}), HasSubstr("takes more than 2147483647 bytes"));
  EXPECT_THAT(errorOf({32768, 16384}), HasSubstr("takes more than"));
}

TEST(Types, ASizeThatOverflowsIsCaught) {
  // The product is 2^64 bytes, which wraps to 0.
  EXPECT_NE(errorOf({2147483647, 2147483647, 4}), "no error");
  EXPECT_NE(errorOf({1 << 16, 1 << 16, 1 << 15, 1 << 15}), "no error");
  EXPECT_NE(errorOf({std::int64_t{1} << 62}), "no error");
}

} // namespace
} // namespace ninc

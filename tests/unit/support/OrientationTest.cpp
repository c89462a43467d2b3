#include "support/Orientation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ninc {
namespace {

using testing::ElementsAre;

// 2 wide, 3 high: 1 2 / 3 4 / 5 6.
const Image stored{2, 3, 1, {1, 2, 3, 4, 5, 6}};

void expectTurned(Orientation orientation, int width, const std::vector<std::uint16_t> &pixels) {
  Image turned = turnUpright(stored, orientation);
  EXPECT_EQ(turned, (Image{width, 6 / width, 1, pixels})) << orientation;
}

// The stored first row and column are the upright picture's top and left side (1), top and right (2), bottom
// and right (3), bottom and left (4), left and top (5), right and top (6), right and bottom (7), left and
// bottom (8).
TEST(Orientation, TurnsAsTheStandardSays) {
  expectTurned(1, 2, {1, 2, 3, 4, 5, 6});
  expectTurned(2, 2, {2, 1, 4, 3, 6, 5});
  expectTurned(3, 2, {6, 5, 4, 3, 2, 1});
  expectTurned(4, 2, {5, 6, 3, 4, 1, 2});
  expectTurned(5, 3, {1, 3, 5, 2, 4, 6});
  expectTurned(6, 3, {5, 3, 1, 6, 4, 2});
  expectTurned(7, 3, {6, 4, 2, 5, 3, 1});
  expectTurned(8, 3, {2, 4, 6, 1, 3, 5});
}

TEST(Orientation, KeepsAPixelsChannelsTogether) {
  EXPECT_THAT(turnUpright({2, 1, 3, {1, 2, 3, 4, 5, 6}}, 8).pixels, ElementsAre(4, 5, 6, 1, 2, 3));
}

TEST(Orientation, IsReadFromWordsInEitherForm) {
  EXPECT_EQ(orientationOfXmp("<x tiff:Orientation=\"6\"/>"), 6);
  EXPECT_EQ(orientationOfXmp("<x tiff:Orientation = '3' />"), 3);
  EXPECT_EQ(orientationOfXmp("<tiff:Orientation>8</tiff:Orientation>"), 8);
  for (const char *nothing : {"", "tiff:Orientation", "tiff:Orientation=\"\"", "tiff:Orientation=\"16\"",
                              "tiff:Orientation=\"0\"", "tiff:Orientation=\"9\"", "tiff:OrientationX=\"3\""})
    EXPECT_EQ(orientationOfXmp(nothing), std::nullopt) << nothing;
}

} // namespace
} // namespace ninc

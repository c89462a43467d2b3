#include "driver/ShapeHint.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

std::string transpose(const std::string &axes, const std::string &order) {
  return "; numpy.transpose(array, (" + axes + ")) gives the order " + order;
}

TEST(ShapeHint, PutsChannelsFirst) {
  EXPECT_EQ(shapeHint({5, 7, 3}, {3, 5, 7}), transpose("2, 0, 1", "[3, 5, 7]"));
  EXPECT_EQ(shapeHint({5, 7, 1}, {1, 5, 7}), transpose("2, 0, 1", "[1, 5, 7]"));
  EXPECT_EQ(shapeHint({32, 32, 3}, {3, 32, 32}), transpose("2, 0, 1", "[3, 32, 32]"));
}

TEST(ShapeHint, KnowsOtherOrders) {
  EXPECT_EQ(shapeHint({3, 7, 5}, {3, 5, 7}), transpose("0, 2, 1", "[3, 5, 7]"));
  EXPECT_EQ(shapeHint({7, 5, 3}, {3, 5, 7}), transpose("2, 1, 0", "[3, 5, 7]"));
  EXPECT_EQ(shapeHint({5, 3, 7}, {3, 5, 7}), transpose("1, 0, 2", "[3, 5, 7]"));
  EXPECT_EQ(shapeHint({4, 2}, {2, 4}), transpose("1, 0", "[2, 4]"));
}

TEST(ShapeHint, KeepsImagesFirst) {
  EXPECT_EQ(shapeHint({10, 5, 7, 3}, {3, 5, 7}), transpose("0, 3, 1, 2", "[10, 3, 5, 7]"));
  EXPECT_EQ(shapeHint({1, 5, 7, 3}, {3, 5, 7}), transpose("0, 3, 1, 2", "[1, 3, 5, 7]"));
  EXPECT_EQ(shapeHint({3, 5, 7, 3}, {3, 5, 7}), transpose("0, 3, 1, 2", "[3, 3, 5, 7]"));
  EXPECT_EQ(shapeHint({3, 5, 7, 10}, {3, 5, 7}), transpose("3, 0, 1, 2", "[10, 3, 5, 7]"));
  EXPECT_EQ(shapeHint({3, 10, 5, 7}, {3, 5, 7}), transpose("1, 0, 2, 3", "[10, 3, 5, 7]"));
}

TEST(ShapeHint, ReshapesWhatHasAsManyNumbers) {
  EXPECT_EQ(shapeHint({105}, {3, 5, 7}),
            "; it has as many numbers: numpy.reshape(array, (3, 5, 7)), if they are in that order");
  EXPECT_EQ(shapeHint({5, 7}, {1, 5, 7}),
            "; it has as many numbers: numpy.reshape(array, (1, 5, 7)), if they are in that order");
  EXPECT_EQ(shapeHint({2, 4}, {8}),
            "; it has as many numbers: numpy.reshape(array, (8,)), if they are in that order");
}

TEST(ShapeHint, SaysNothingWhereNothingHelps) {
  EXPECT_EQ(shapeHint({5, 7, 4}, {3, 5, 7}), "");
  EXPECT_EQ(shapeHint({}, {3, 5, 7}), "");
  EXPECT_EQ(shapeHint({0, 3, 5, 7}, {3, 5, 7}), "");
  EXPECT_EQ(shapeHint({3, 5, 7}, {3, 5, 7}), "");
}

} // namespace
} // namespace ninc

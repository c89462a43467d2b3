#include "ir/ops/Window.h"

#include <gtest/gtest.h>
#include <limits>

namespace ninc {
namespace {

Window window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0, std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad, pad, pad}};
}

std::int64_t extent(PoolExtent extent, std::int64_t input, std::int64_t kernel, std::int64_t stride,
                    std::int64_t pad = 0, std::int64_t dilation = 1) {
  return windowOutput(window(kernel, stride, pad, dilation), extent, 0, input);
}

TEST(WindowOutput, FloorDropsTheRemainder) {
  EXPECT_EQ(extent(PoolExtent::floor, 32, 3, 2), 15);
  EXPECT_EQ(extent(PoolExtent::floor, 15, 3, 2), 7);
  EXPECT_EQ(extent(PoolExtent::floor, 32, 5, 1, 2), 32);
  EXPECT_EQ(extent(PoolExtent::floor, 224, 11, 4), 54);
}

TEST(WindowOutput, CeilAddsAClippedWindow) {
  // The pools of the CIFAR-10 and ImageNet networks.
  EXPECT_EQ(extent(PoolExtent::ceil, 32, 3, 2), 16);
  EXPECT_EQ(extent(PoolExtent::ceil, 16, 3, 2), 8);
  EXPECT_EQ(extent(PoolExtent::ceil, 54, 3, 2), 27);
  EXPECT_EQ(extent(PoolExtent::ceil, 27, 3, 2), 13);
  EXPECT_EQ(extent(PoolExtent::ceil, 13, 3, 2), 6);
}

TEST(WindowOutput, CeilAndFloorAgreeWhenTheWindowDividesTheInput) {
  EXPECT_EQ(extent(PoolExtent::ceil, 27, 3, 2), extent(PoolExtent::floor, 27, 3, 2));
  EXPECT_EQ(extent(PoolExtent::ceil, 8, 2, 2), 4);
}

TEST(WindowOutput, CeilAddsNoWindowThatStartsBeyondTheInput) {
  // PyTorch's rule: windows that would start in the trailing padding are ignored.
  EXPECT_EQ(extent(PoolExtent::ceil, 5, 1, 3), 2);    // a third would start at 6
  EXPECT_EQ(extent(PoolExtent::ceil, 4, 2, 3), 2);    // starts at 3: the last row
  EXPECT_EQ(extent(PoolExtent::ceil, 3, 2, 2, 1), 2); // a third would start at 3, in the padding
  EXPECT_EQ(extent(PoolExtent::ceil, 4, 2, 2, 1), 3);
  EXPECT_EQ(extent(PoolExtent::ceil, 6, 3, 2, 1), 4);
}

TEST(WindowOutput, DilationWidensTheWindow) {
  EXPECT_EQ(extent(PoolExtent::floor, 7, 3, 1, 0, 2), 3);
  EXPECT_EQ(extent(PoolExtent::floor, 7, 3, 1, 0, 3), 1);
  EXPECT_EQ(extent(PoolExtent::floor, 7, 3, 1, 0, 4), 0);
}

TEST(WindowOutput, EachAxisHasItsOwnWindow) {
  Window at{{3, 5}, {1, 2}, {1, 1}, {1, 0, 0, 2}};
  EXPECT_EQ(windowOutput(at, PoolExtent::floor, 0, 10), 9); // 10 + 1 + 0 - 3 + 1
  EXPECT_EQ(windowOutput(at, PoolExtent::floor, 1, 10), 4); // (10 + 0 + 2 - 5) / 2 + 1
}

TEST(WindowOutput, TheLargestNumbersDoNotOverflow) {
  std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(extent(PoolExtent::ceil, largest, largest, largest, largest, largest), 0);
  EXPECT_EQ(extent(PoolExtent::floor, largest, 1, 1, largest), 3 * largest);
}

// ---- words ----

TEST(Window, ExtentsAreHeightByWidth) {
  EXPECT_EQ(toString(Window{{3, 5}, {1, 1}, {1, 1}, {}}.kernel), "3x5");
}

TEST(Window, IsPaddedOnAnySide) {
  EXPECT_FALSE(isPadded(window(3)));
  EXPECT_TRUE(isPadded(window(3, 1, 1)));
  EXPECT_TRUE(isPadded({{3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 1}}));
}

} // namespace
} // namespace ninc

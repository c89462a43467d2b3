// Results as they lie in memory, and the numbers that they stand for.
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "execution/ResultTensor.h"

namespace ninc {
namespace {

constexpr std::int32_t f16 = 1; // of enum ninc_element

ninc_tensor tensorOf(std::int32_t element, std::vector<std::int64_t> shape,
                     std::vector<std::int64_t> stride) {
  ninc_tensor tensor{};
  tensor.name = "x";
  tensor.element = element;
  tensor.rank = static_cast<std::int32_t>(shape.size());
  std::ranges::copy(shape, tensor.shape);
  std::ranges::copy(stride, tensor.stride);
  return tensor;
}

// A map with its channels innermost, two of them and 1x3 pixels.
TEST(Gather, BringsAnyStridesIntoLogicalOrder) {
  const std::vector<float> memory{1, 10, 2, 20, 3, 30};
  EXPECT_EQ(gather(tensorOf(NINC_F32, {2, 1, 3}, {1, 6, 2}), memory.data()),
            (Tensor{{2, 1, 3}, {1, 2, 3, 10, 20, 30}}));
}

TEST(Gather, LeavesOutWhatLiesBetweenRows) {
  const std::vector<float> memory{1, 2, -1, 3, 4, -1};
  EXPECT_EQ(gather(tensorOf(NINC_F32, {2, 2}, {3, 1}), memory.data()), (Tensor{{2, 2}, {1, 2, 3, 4}}));
}

// Numbers from the tables of IEEE 754 binary16.
TEST(Gather, ReadsHalves) {
  const std::vector<std::uint16_t> memory{0x0000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x83ff};
  EXPECT_EQ(gather(tensorOf(f16, {8}, {1}), memory.data()),
            (Tensor{{8},
                    {0.0f, 1.0f, -2.0f, 0.333251953125f, 65504.0f, std::ldexp(1.0f, -14),
                     std::ldexp(1.0f, -24), -std::ldexp(1023.0f, -24)}}));
}

TEST(Gather, ReadsWhatIsNoNumber) {
  const std::vector<std::uint16_t> memory{0x7c00, 0xfc00, 0x7e00, 0x8000};
  const Tensor read = gather(tensorOf(f16, {4}, {1}), memory.data());
  EXPECT_EQ(read.data[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(read.data[1], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(read.data[2]));
  EXPECT_TRUE(read.data[3] == 0 && std::signbit(read.data[3]));
}

} // namespace
} // namespace ninc

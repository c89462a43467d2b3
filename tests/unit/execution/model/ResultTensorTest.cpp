// Results as they lie in memory, and the numbers that they stand for.
#include <gtest/gtest.h>

#include "execution/model/ResultTensor.h"

namespace ninc {
namespace {

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

TEST(Gather, ReadsHalvesAsTheNumbersThatTheyStandFor) {
  const std::vector<std::uint16_t> memory{0x3c00, 0x0000, 0xc000, 0x7bff};
  EXPECT_EQ(gather(tensorOf(NINC_F16, {2, 2}, {1, 2}), memory.data()), (Tensor{{2, 2}, {1, -2, 0, 65504}}));
}

} // namespace
} // namespace ninc

#include "ir/ops/OpCost.h"

#include <gtest/gtest.h>

namespace ninc {
namespace {

TensorType f32(Shape shape) {
  return {ElementType::f32, std::move(shape), Layout::chw};
}

Window window(std::int64_t kernel) {
  return {{kernel, kernel}, {1, 1}, {1, 1}, {}};
}

ConvLayer conv(std::int64_t outChannels, Window at = {}, std::int64_t groups = 1) {
  ConvLayer layer;
  layer.outChannels = outChannels;
  layer.window = at;
  layer.groups = groups;
  return layer;
}

Conv2d conv2d(std::int64_t outChannels, Window at, std::int64_t groups = 1) {
  return {conv(outChannels, at, groups)};
}

TEST(OpCost, MultiplyAccumulatesCountEveryWeightOnceAnOutput) {
  std::vector<TensorType> maps{f32({4, 5, 5})}, vector{f32({64})};
  EXPECT_EQ(multiplyAccumulates(conv2d(8, window(3), 2), maps), 8 * 2 * 3 * 3 * 3 * 3);
  EXPECT_EQ(multiplyAccumulates(Dense{10, true, {}, {}, {}}, vector), 640);
  EXPECT_EQ(multiplyAccumulates(Unary{UnaryKind::relu}, maps), 0);
}

} // namespace
} // namespace ninc

#include "ir/ops/OpCost.h"

#include <gtest/gtest.h>

#include "tests/unit/ir/ops/SmallOps.h"

namespace ninc {
namespace {

TEST(OpCost, MultiplyAccumulatesCountEveryWeightOnceAnOutput) {
  std::vector<TensorType> maps{f32({4, 5, 5})}, vector{f32({64})};
  EXPECT_EQ(multiplyAccumulates(conv2d(8, window(3), 2), maps), 8 * 2 * 3 * 3 * 3 * 3);
  EXPECT_EQ(multiplyAccumulates(Dense{10, true, {}, {}, {}}, vector), 640);
  EXPECT_EQ(multiplyAccumulates(MatMul{}, std::vector{f32({2, 1, 5, 7}), f32({1, 3, 7, 11})}),
            2 * 3 * 5 * 7 * 11);
  EXPECT_EQ(multiplyAccumulates(Unary{UnaryKind::relu}, maps), 0);
}

} // namespace
} // namespace ninc

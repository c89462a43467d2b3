// How far the i-th largest may be off: as far as any of them, and its number as far as those that it may
// change places with.
#include <gtest/gtest.h>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc {
namespace {

std::vector<Tensor> boundsOf(std::int64_t count, const Tensor &x, const std::vector<float> &errors) {
  const Tensor error{x.shape, errors};
  const bounds::Operand operand[] = {{x, error}};
  return bounds::resultErrors(TopK{count, 0}, operand, {});
}

TEST(TopKErrors, AreNoneWhereTheOrderIsClear) {
  const std::vector<Tensor> bounds = boundsOf(2, {{4}, {1, 2, 4, 3}}, {0, 0, 0, 0});
  EXPECT_EQ(bounds.at(0).data, (std::vector<float>{0, 0}));
  EXPECT_EQ(bounds.at(1).data, (std::vector<float>{0, 0}));
}

TEST(TopKErrors, ElementsMoveAsFarAsTheirOperands) {
  EXPECT_EQ(boundsOf(2, {{4}, {1, 2, 4, 3}}, {0, 0, 0.25f, 0}).at(1).data,
            (std::vector<float>{0.25f, 0.25f}));
}

TEST(TopKErrors, NumbersReachAsFarAsElementsThatMayBeAsLarge) {
  EXPECT_EQ(boundsOf(1, {{4}, {3.5f, 2, 1, 4}}, {0.25f, 0.25f, 0.25f, 0.25f}).at(0).data,
            (std::vector<float>{3}));
}

} // namespace
} // namespace ninc

// How far the number of the largest element may be off: not at all, unless others may be as large.
#include <gtest/gtest.h>

#include "ir/interpreter/bounds/OpErrors.h"

namespace ninc {
namespace {

float boundOf(const Tensor &x, float error) {
  const Tensor errors{x.shape, std::vector<float>(x.data.size(), error)};
  const bounds::Operand operand[] = {{x, errors}};
  return bounds::resultErrors(ArgMax{}, operand, {}).at(0).data.at(0);
}

TEST(ArgMaxErrors, AreNoneWhereTheLargestIsClear) {
  EXPECT_EQ(boundOf({{4}, {1, 2, 4, 3}}, 0.4f), 0);
  EXPECT_EQ(boundOf({{4}, {1, 4, 4, 3}}, 0), 0) << "the first of equal ones";
}

TEST(ArgMaxErrors, ReachAsFarAsElementsThatMayBeAsLarge) {
  EXPECT_EQ(boundOf({{4}, {1, 2, 4, 3}}, 0.5f), 1);
  EXPECT_EQ(boundOf({{4}, {1, 2, 4, 3}}, 1.5f), 2);
  EXPECT_EQ(boundOf({{4}, {4, 1, 1, 4}}, 1e-6f), 3);
}

} // namespace
} // namespace ninc

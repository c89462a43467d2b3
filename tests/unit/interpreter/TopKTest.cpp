// The largest elements, in order.
#include <limits>

#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<Tensor> largest(std::int64_t count, std::int64_t axis, Tensor x) {
  const std::vector<Tensor> operands{std::move(x)};
  return evaluate(TopK{count, axis}, operands).value();
}

TEST(TopK, IsNumbersAndElementsFromTheLargestOn) {
  const std::vector<Tensor> y = largest(3, 0, {{5}, {1, 5, -2, 9, 4}});
  expectTensor(y.at(0), {3}, {3, 1, 4});
  expectTensor(y.at(1), {3}, {9, 5, 4});
}

TEST(TopK, GoesAlongAnAxis) {
  const Tensor x{{2, 3}, {1, 5, 2, 9, 4, 8}};
  expectTensor(largest(2, 1, x).at(0), {2, 2}, {1, 2, 0, 2});
  expectTensor(largest(2, 1, x).at(1), {2, 2}, {5, 2, 9, 8});
  expectTensor(largest(1, 0, x).at(0), {1, 3}, {1, 0, 1});
  expectTensor(largest(2, 0, x).at(1), {2, 3}, {9, 5, 8, 1, 4, 2});
}

TEST(TopK, OfEqualElementsTheFirstComesFirst) {
  expectTensor(largest(4, 0, {{4}, {1, 3, 3, 1}}).at(0), {4}, {1, 2, 0, 3});
  expectTensor(largest(2, 0, {{2}, {-0.0f, 0.0f}}).at(0), {2}, {0, 1});
}

TEST(TopK, NaNsComeBehindAllNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  expectTensor(largest(4, 0, {{4}, {nan, -infinity, nan, 2}}).at(0), {4}, {3, 1, 0, 2});
}

} // namespace
} // namespace ninc

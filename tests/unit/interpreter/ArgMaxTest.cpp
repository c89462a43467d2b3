// Where the largest elements are.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

TEST(ArgMax, IsTheNumberOfTheLargestAlongAnAxis) {
  const Tensor x{{2, 3}, {1, 5, 2, 9, 4, 8}};
  expectTensor(evaluateOne(ArgMax{1, false, false}, {x}), {2}, {1, 0});
  expectTensor(evaluateOne(ArgMax{0, false, false}, {x}), {3}, {1, 0, 1});
  expectTensor(evaluateOne(ArgMax{0, true, false}, {x}), {1, 3}, {1, 0, 1});
  expectTensor(evaluateOne(ArgMax{1, false, false}, {{{1, 2, 2}, {1, 5, 2, 3}}}), {1, 2}, {1, 0});
}

TEST(ArgMax, OfAVectorIsOneNumber) {
  expectTensor(evaluateOne(ArgMax{}, {{{4}, {-4, -1, -2, -3}}}), {1}, {1});
}

TEST(ArgMax, OfEqualElementsIsTheFirstOrTheLast) {
  const Tensor x{{4}, {1, 3, 3, 2}};
  expectTensor(evaluateOne(ArgMax{0, false, false}, {x}), {1}, {1});
  expectTensor(evaluateOne(ArgMax{0, false, true}, {x}), {1}, {2});
}

} // namespace
} // namespace ninc

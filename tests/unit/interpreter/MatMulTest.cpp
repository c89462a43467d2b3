// Products of matrices.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

TEST(MatMul, SumsRowsTimesColumns) {
  // 1*5 + 2*7, 1*6 + 2*8; 3*5 + 4*7, 3*6 + 4*8
  expectTensor(evaluateOne(MatMul{}, {{{2, 2}, {1, 2, 3, 4}}, {{2, 2}, {5, 6, 7, 8}}}), {2, 2},
               {19, 22, 43, 50});
  expectTensor(evaluateOne(MatMul{}, {{{1, 3}, {1, 2, 3}}, {{3, 1}, {10, 20, 30}}}), {1, 1}, {140});
  expectTensor(evaluateOne(MatMul{}, {{{3, 1}, {1, 2, 3}}, {{1, 2}, {10, 20}}}), {3, 2},
               {10, 20, 20, 40, 30, 60});
}

TEST(MatMul, OfManyMatricesTakesThemInPairs) {
  expectTensor(evaluateOne(MatMul{}, {{{2, 1, 2}, {1, 2, 3, 4}}, {{2, 2, 1}, {5, 6, 7, 8}}}), {2, 1, 1},
               {17, 53});
}

TEST(MatMul, OfOneMatrixWithManyTakesItForEach) {
  expectTensor(evaluateOne(MatMul{}, {{{1, 1, 2}, {1, 2}}, {{2, 2, 1}, {5, 6, 7, 8}}}), {2, 1, 1}, {17, 23});
  // [2, 1] with [1, 3]: each of the first with each of the second.
  expectTensor(evaluateOne(MatMul{}, {{{2, 1, 1, 1}, {2, 3}}, {{1, 3, 1, 1}, {5, 7, 11}}}), {2, 3, 1, 1},
               {10, 14, 22, 15, 21, 33});
}

} // namespace
} // namespace ninc

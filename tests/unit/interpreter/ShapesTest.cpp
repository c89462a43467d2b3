// Constant, concat, flatten, reshape, and dense.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

TEST(Constant, IsItsTensor) {
  Constant op{{2}, parameter({2}, {3, 4})};
  expectTensor(evaluateOne(op, {}), {2}, {3, 4});
}

TEST(Concat, JoinsChannels) {
  expectTensor(evaluateOne(Concat{0}, {{{1, 1, 2}, {1, 2}}, {{2, 1, 2}, {3, 4, 5, 6}}}), {3, 1, 2},
               {1, 2, 3, 4, 5, 6});
}

TEST(Concat, JoinsRows) {
  // Two channels; one row from the first, two from the second operand.
  expectTensor(evaluateOne(Concat{1}, {{{2, 1, 2}, {1, 2, 3, 4}}, {{2, 2, 2}, counting(8, 10)}}), {2, 3, 2},
               {1, 2, 10, 11, 12, 13, 3, 4, 14, 15, 16, 17});
}

TEST(Concat, JoinsColumnsOfAnyNumberOfOperands) {
  expectTensor(evaluateOne(Concat{2}, {{{1, 2, 1}, {1, 2}}, {{1, 2, 2}, {3, 4, 5, 6}}, {{1, 2, 1}, {7, 8}}}),
               {1, 2, 4}, {1, 3, 4, 7, 2, 5, 6, 8});
}

TEST(Flatten, KeepsRowMajorOrder) {
  expectTensor(evaluateOne(Flatten{}, {{{2, 1, 2}, {1, 2, 3, 4}}}), {4}, {1, 2, 3, 4});
}

TEST(Reshape, KeepsRowMajorOrder) {
  expectTensor(evaluateOne(Reshape{{3, 2}}, {{{2, 3}, counting(6)}}), {3, 2}, counting(6));
}

TEST(Transpose, PutsDimensionsInAnotherOrder) {
  expectTensor(evaluateOne(Transpose{{1, 0}}, {{{2, 3}, {1, 2, 3, 4, 5, 6}}}), {3, 2}, {1, 4, 2, 5, 3, 6});
  // [channel, row, column] to [row, column, channel].
  expectTensor(evaluateOne(Transpose{{1, 2, 0}}, {{{2, 1, 3}, {1, 2, 3, 4, 5, 6}}}), {1, 3, 2},
               {1, 4, 2, 5, 3, 6});
  expectTensor(evaluateOne(Transpose{{2, 0, 1}}, {{{1, 3, 2}, {1, 4, 2, 5, 3, 6}}}), {2, 1, 3},
               {1, 2, 3, 4, 5, 6});
}

TEST(Pad, PutsElementsAround) {
  const Tensor row{{4}, {1, 2, 3, 4}};
  expectTensor(evaluateOne(Pad{{2}, {1}, PadMode::fill, 9}, {row}), {7}, {9, 9, 1, 2, 3, 4, 9});
  expectTensor(evaluateOne(Pad{{2}, {1}, PadMode::edge}, {row}), {7}, {1, 1, 1, 2, 3, 4, 4});
  expectTensor(evaluateOne(Pad{{3}, {2}, PadMode::reflect}, {row}), {9}, {4, 3, 2, 1, 2, 3, 4, 3, 2});
  expectTensor(evaluateOne(Pad{{2}, {1}, PadMode::wrap}, {row}), {7}, {3, 4, 1, 2, 3, 4, 1});
}

TEST(Pad, OfTwoDimensionsFillsCorners) {
  const Tensor square{{2, 2}, {1, 2, 3, 4}};
  expectTensor(evaluateOne(Pad{{1, 0}, {0, 1}}, {square}), {3, 3}, {0, 0, 0, 1, 2, 0, 3, 4, 0});
  expectTensor(evaluateOne(Pad{{1, 0}, {0, 1}, PadMode::edge}, {square}), {3, 3},
               {1, 2, 2, 1, 2, 2, 3, 4, 4});
}

TEST(Slice, TakesElementsOfOneDimension) {
  expectTensor(evaluateOne(Slice{0, 1, 2, 1}, {{{4}, {1, 2, 3, 4}}}), {2}, {2, 3});
  expectTensor(evaluateOne(Slice{1, 0, 2, 2}, {{{2, 3}, {1, 2, 3, 4, 5, 6}}}), {2, 2}, {1, 3, 4, 6});
  expectTensor(evaluateOne(Slice{0, 1, 1, 7}, {{{2, 3}, {1, 2, 3, 4, 5, 6}}}), {1, 3}, {4, 5, 6});
}

TEST(Dense, MultipliesByRowsOfTheWeight) {
  // 1*5 + 2*7 + 1 = 20, 3*5 + 4*7 - 50 = -7
  Dense op{2, true, {}, parameter({2, 2}, {1, 2, 3, 4}), parameter({2}, {1, -50})};
  expectTensor(evaluateOne(op, {{{2}, {5, 7}}}), {2}, {20, -7});
  op.activation = Unary{UnaryKind::relu};
  expectTensor(evaluateOne(op, {{{2}, {5, 7}}}), {2}, {20, 0});
}

TEST(Dense, MayHaveNoBias) {
  Dense op{1, false, {}, parameter({1, 3}, {1, 10, 100}), nullptr};
  expectTensor(evaluateOne(op, {{{3}, {1, 2, 3}}}), {1}, {321});
}

} // namespace
} // namespace ninc

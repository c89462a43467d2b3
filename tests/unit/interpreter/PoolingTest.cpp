// Pooling at the borders, where windows are clipped, by hand.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

// 1 2 3
// 4 5 6
// 7 8 9
const Tensor threeByThree{{1, 3, 3}, counting(9)};

TEST(MaxPool, TakesTheLargestOfEachWindow) {
  expectTensor(evaluateOne(MaxPool{{.kernel = {2, 2}, .pad = {}}}, {threeByThree}), {1, 2, 2}, {5, 6, 8, 9});
}

TEST(MaxPool, NeverSeesThePadding) {
  // All values are negative, so a padding of 0 would win everywhere.
  MaxPool op{{.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}}};
  expectTensor(evaluateOne(op, {{{1, 3, 3}, {-9, -8, -7, -6, -5, -4, -3, -2, -1}}}), {1, 2, 2},
               {-5, -4, -2, -1});
}

TEST(MaxPool, CeilRoundingAddsAClippedWindow) {
  // 2x2 stride 2 on 3x3: the last windows hold column 3, row 3 and the corner.
  expectTensor(
      evaluateOne(MaxPool{{.kernel = {2, 2}, .stride = {2, 2}, .pad = {}}, PoolExtent::ceil}, {threeByThree}),
      {1, 2, 2}, {5, 6, 8, 9});
  expectTensor(evaluateOne(MaxPool{{.kernel = {2, 2}, .stride = {2, 2}, .pad = {}}, PoolExtent::floor},
                           {threeByThree}),
               {1, 1, 1}, {5});
}

TEST(MaxPool, CeilRoundingAddsNoWindowThatBeginsInTheTrailingPadding) {
  // 2 wide, stride 2, pad 1 on 3 columns: windows at -1, 1, and one at 3 would see padding only.
  MaxPool op{{.kernel = {1, 2}, .stride = {1, 2}, .pad = {0, 1, 0, 1}}, PoolExtent::ceil};
  expectTensor(evaluateOne(op, {{{1, 1, 3}, {3, 1, 2}}}), {1, 1, 2}, {3, 2});
}

TEST(MaxPool, DilationSkipsElements) {
  // Corners of the 3x3 map.
  MaxPool op{{.kernel = {2, 2}, .dilation = {2, 2}, .pad = {}}};
  expectTensor(evaluateOne(op, {{{1, 3, 3}, {1, 99, 2, 99, 99, 99, 3, 99, 0}}}), {1, 1, 1}, {3});
}

TEST(MaxPool, DilatedWindowThatBeginsInThePaddingKeepsItsPhase) {
  // 3 wide, dilation 2, pad 1: the windows of columns {-1, 1, 3}, {0, 2, 4}, {1, 3, 5}.
  MaxPool op{{.kernel = {1, 3}, .dilation = {1, 2}, .pad = {0, 1, 0, 1}}};
  expectTensor(evaluateOne(op, {{{1, 1, 5}, {9, 1, 8, 2, 7}}}), {1, 1, 3}, {2, 9, 2});
}

TEST(AveragePool, DividesByTheElementsInsideTheInput) {
  // 3x3 pad 1 stride 2: (1+2+4+5)/4, (2+3+5+6)/4, ...
  AveragePool op{{.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}}};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 2, 2}, {3, 4, 6, 7});
}

TEST(AveragePool, MayCountThePaddingAsZeros) {
  // The same sums, each over 9.
  AveragePool op{{.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}}, PoolExtent::floor, true};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 2, 2}, {12 / 9.f, 16 / 9.f, 24 / 9.f, 28 / 9.f});
}

TEST(AveragePool, CountsNothingBeyondThePadding) {
  // One row, 3 wide, stride 2, pad 1 on 4 columns 1 2 3 4; the padded row has 6 columns, so ceil rounding
  // clips the third window {3, 4, 5} to 3, 4 where 4 is padding. Sums 0+1+2, 2+3+4, 4+0; counts 3, 3, 2.
  AveragePool op{{.kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 1, 0, 1}}, PoolExtent::ceil, true};
  expectTensor(evaluateOne(op, {{{1, 1, 4}, {1, 2, 3, 4}}}), {1, 1, 3}, {1, 3, 2});
}

TEST(AveragePool, CeilWithoutCountingDividesByWhatIsLeft) {
  AveragePool op{{.kernel = {1, 3}, .stride = {1, 2}, .pad = {0, 1, 0, 1}}, PoolExtent::ceil};
  expectTensor(evaluateOne(op, {{{1, 1, 4}, {1, 2, 3, 4}}}), {1, 1, 3}, {1.5f, 3, 4});
}

TEST(AveragePool, PadsEachSideByItsOwnAmount) {
  // Left 1 only: windows {-1, 0}, {0, 1}, {1, 2} of 3 6 12.
  AveragePool op{{.kernel = {1, 2}, .pad = {0, 1, 0, 0}}, PoolExtent::floor, true};
  expectTensor(evaluateOne(op, {{{1, 1, 3}, {3, 6, 12}}}), {1, 1, 3}, {1.5f, 4.5f, 9});
}

TEST(AveragePool, KeepsChannelsApart) {
  AveragePool op{{.kernel = {1, 2}, .pad = {}}};
  expectTensor(evaluateOne(op, {{{2, 1, 2}, {1, 3, 10, 30}}}), {2, 1, 1}, {2, 20});
}

TEST(GlobalAveragePool, IsTheMeanOfEachMap) {
  expectTensor(evaluateOne(GlobalAveragePool{}, {{{2, 2, 2}, {1, 2, 3, 4, -1, -1, -1, 5}}}), {2},
               {2.5f, 0.5f});
}

} // namespace
} // namespace ninc

// Batch norm, LRN and softmax.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

TEST(BatchNorm, NormalisesEachChannelByItsOwnStatistics) {
  // Channel 0: (x - 1)/sqrt(3 + 1)*2 + 10 = x + 9. Channel 1: (x + 1)/sqrt(15 + 1)*4 - 1 = x.
  BatchNorm op{1.0f, parameter({2}, {2, 4}), parameter({2}, {10, -1}), parameter({2}, {1, -1}),
               parameter({2}, {3, 15})};
  expectTensor(evaluateOne(op, {{{2, 1, 2}, {1, 5, 7, -3}}}), {2, 1, 2}, {10, 14, 7, -3});
}

TEST(BatchNorm, OfAVectorTreatsEachNumberAsAChannel) {
  BatchNorm op{0.0f, parameter({2}, {1, 1}), parameter({2}, {0, 0}), parameter({2}, {1, 2}),
               parameter({2}, {4, 16})};
  expectTensor(evaluateOne(op, {{{2}, {5, 10}}}), {2}, {2, 2});
}

TEST(Lrn, SumsSquaresOfNeighbouringChannels) {
  // size 3, alpha 3, beta 1, k 1: y[c] = x[c] / (1 + squares of c-1, c, c+1); x = 1 2 3 4.
  // 1/(1+5), 2/(1+14), 3/(1+29), 4/(1+25)
  Lrn op{.size = 3, .alpha = 3, .beta = 1, .k = 1};
  expectTensor(evaluateOne(op, {{{4, 1, 1}, {1, 2, 3, 4}}}), {4, 1, 1}, {1 / 6.f, 2 / 15.f, 0.1f, 4 / 26.f});
}

TEST(Lrn, OfZeroIsZeroAlsoWithoutAConstant) {
  Lrn op{.size = 1, .alpha = 1, .beta = 0.5f, .k = 0};
  expectTensor(evaluateOne(op, {{{3, 1, 1}, {0, -2, 0}}}), {3, 1, 1}, {0, -1, 0});
}

TEST(Lrn, EvenSizeReachesFurtherForward) {
  // size 2: channels c and c+1. alpha 2, k 0: 1/(1+4), 2/(4+9), 3/9
  Lrn op{.size = 2, .alpha = 2, .beta = 1, .k = 0};
  expectTensor(evaluateOne(op, {{{3, 1, 1}, {1, 2, 3}}}), {3, 1, 1}, {0.2f, 2 / 13.f, 1 / 3.f});
}

TEST(Lrn, RaisesTheSumToBeta) {
  // size 1, alpha 1, k 0, beta 0.5: x / |x|
  Lrn op{.size = 1, .alpha = 1, .beta = 0.5f, .k = 0};
  expectTensor(evaluateOne(op, {{{1, 1, 2}, {3, -5}}}), {1, 1, 2}, {1, -1});
}

TEST(Lrn, WindowMayBeLargerThanTheChannels) {
  Lrn op{.size = 9, .alpha = 9, .beta = 1, .k = 0};
  expectTensor(evaluateOne(op, {{{2, 1, 1}, {1, 2}}}), {2, 1, 1}, {0.2f, 0.4f});
}

TEST(Softmax, TurnsLogarithmsIntoShares) {
  // ln 1, ln 2, ln 5 -> 1/8, 2/8, 5/8
  expectTensor(evaluateOne(Softmax{}, {{{3}, {0, 0.693147181f, 1.60943791f}}}), {3}, {0.125f, 0.25f, 0.625f});
}

TEST(Softmax, SurvivesLargeValues) {
  // exp(1000) overflows even a double; the differences decide: 1/(1 + e^-1) = 0.731058579
  expectTensor(evaluateOne(Softmax{}, {{{2}, {1001, 1000}}}), {2}, {0.731058579f, 0.268941421f});
  expectTensor(evaluateOne(Softmax{}, {{{2}, {-1000, -1001}}}), {2}, {0.731058579f, 0.268941421f});
  expectTensor(evaluateOne(Softmax{}, {{{2}, {3e38f, -3e38f}}}), {2}, {1, 0});
}

TEST(Softmax, OfMapsGoesAlongChannels) {
  // At each pixel two channels: equal, and ln 3 apart.
  expectTensor(evaluateOne(Softmax{}, {{{2, 1, 2}, {4, 0, 4, 1.09861229f}}}), {2, 1, 2},
               {0.5f, 0.25f, 0.5f, 0.75f});
}

} // namespace
} // namespace ninc

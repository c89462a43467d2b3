// Activations and the two binary ops.
#include <cmath>

#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

const Tensor signs{{3}, {-2, 0, 3}};

TEST(Elementwise, DropoutIsTheIdentity) {
  EXPECT_EQ(evaluateOne(Dropout{0.5f}, {signs}), signs);
}

TEST(Elementwise, ReluClipsNegatives) {
  expectTensor(evaluateOne(Unary{UnaryKind::relu}, {signs}), {3}, {0, 0, 3});
}

TEST(Elementwise, LeakyReluScalesNegatives) {
  expectTensor(evaluateOne(Unary{UnaryKind::leakyRelu, {0.25f}}, {signs}), {3}, {-0.5f, 0, 3});
}

TEST(Elementwise, SigmoidOfZeroIsAHalfAndItSaturates) {
  // sigmoid(1) = 0.731058579; exp(200) doesn't fit f32, and the quotient must not care.
  expectTensor(evaluateOne(Unary{UnaryKind::sigmoid}, {{{4}, {0, 1, 200, -200}}}), {4},
               {0.5f, 0.731058579f, 1, 0});
}

TEST(Elementwise, TanhIsOddAndSaturates) {
  // tanh(0.5) = 0.462117157
  expectTensor(evaluateOne(Unary{UnaryKind::tanh}, {{{4}, {0.5f, -0.5f, 100, -100}}}), {4},
               {0.462117157f, -0.462117157f, 1, -1});
}

TEST(Elementwise, WorksOnAnyRank) {
  expectTensor(evaluateOne(Unary{UnaryKind::relu}, {{{1, 2, 1, 2}, {-1, 1, -2, 2}}}), {1, 2, 1, 2},
               {0, 1, 0, 2});
}

TEST(Elementwise, AddsAndMultipliesPairwise) {
  Tensor a{{1, 2, 2}, {1, 2, 3, 4}}, b{{1, 2, 2}, {10, 20, 30, 40}};
  expectTensor(evaluateOne(Binary{BinaryKind::add}, {a, b}), {1, 2, 2}, {11, 22, 33, 44});
  expectTensor(evaluateOne(Binary{BinaryKind::mul}, {a, b}), {1, 2, 2}, {10, 40, 90, 160});
}

TEST(Elementwise, StretchesExtentsOfOne) {
  // A number a channel over a map, as in squeeze-and-excite.
  Tensor maps{{2, 1, 2}, {1, 2, 3, 4}}, gates{{2, 1, 1}, {10, 100}};
  expectTensor(evaluateOne(Binary{BinaryKind::mul}, {maps, gates}), {2, 1, 2}, {10, 20, 300, 400});
  expectTensor(evaluateOne(Binary{BinaryKind::add}, {gates, maps}), {2, 1, 2}, {11, 12, 103, 104});
}

TEST(Elementwise, StretchesBothOperandsAtOnce) {
  Tensor column{{1, 2, 1}, {1, 2}}, row{{1, 1, 3}, {10, 20, 30}};
  expectTensor(evaluateOne(Binary{BinaryKind::add}, {column, row}), {1, 2, 3}, {11, 21, 31, 12, 22, 32});
}

} // namespace
} // namespace ninc

// Functions of one element and of two, by numbers worked out by hand.
#include <cmath>
#include <limits>

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

Tensor applied(UnaryKind kind, const std::vector<float> &numbers) {
  return evaluateOne(usual(kind), {{{static_cast<std::int64_t>(numbers.size())}, numbers}});
}

TEST(Elementwise, AbsAndNeg) {
  expectTensor(applied(UnaryKind::abs, {-2, 0, 3}), {3}, {2, 0, 3});
  expectTensor(applied(UnaryKind::neg, {-2, 0, 3}), {3}, {2, 0, -3});
}

TEST(Elementwise, ExpAndLogUndoEachOther) {
  expectTensor(applied(UnaryKind::exp, {0, 1, -1, -200}), {4}, {1, 2.718281828f, 0.367879441f, 0});
  expectTensor(applied(UnaryKind::log, {1, 2.718281828f, 0.5f}), {3}, {0, 1, -0.693147181f});
}

TEST(Elementwise, SquareRoots) {
  expectTensor(applied(UnaryKind::sqrt, {0, 4, 2}), {3}, {0, 2, 1.414213562f});
}

TEST(Elementwise, WholeNumbers) {
  expectTensor(applied(UnaryKind::floor, {-1.5f, 0, 2.5f}), {3}, {-2, 0, 2});
  expectTensor(applied(UnaryKind::ceil, {-1.5f, 0, 2.5f}), {3}, {-1, 0, 3});
  expectTensor(applied(UnaryKind::round, {-1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 2.6f}), {6}, {-2, 0, 0, 2, 2, 3});
  expectTensor(applied(UnaryKind::sign, {-1.5f, 0, 2.5f}), {3}, {-1, 0, 1});
}

TEST(Elementwise, Waves) {
  // sin(1) = 0.841470985, cos(1) = 0.540302306, sin(100) = -0.506365641, cos(100) = 0.862318872
  expectTensor(applied(UnaryKind::sin, {0, 1, -1, 100}), {4},
               {0, 0.841470985f, -0.841470985f, -0.506365641f});
  expectTensor(applied(UnaryKind::cos, {0, 1, -1, 100}), {4}, {1, 0.540302306f, 0.540302306f, 0.862318872f});
}

TEST(Elementwise, Powers) {
  const Tensor bases{{6}, {2, 2, -2, 0, 0, 9}}, exponents{{6}, {3, -1, 3, 0, 2, 0.5f}};
  expectTensor(evaluateOne(Binary{BinaryKind::pow}, {bases, exponents}), {6}, {8, 0.5f, -8, 1, 0, 3});
  EXPECT_TRUE(std::isnan(evaluateOne(Binary{BinaryKind::pow}, {{{1}, {-2}}, {{1}, {0.5f}}}).data[0]));
}

TEST(Elementwise, Truths) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                  most = std::numeric_limits<float>::infinity();
  const Tensor a{{5}, {1, 2, 3, nan, most}}, b{{5}, {2, 2, 2, 0, most}};
  expectTensor(evaluateOne(Binary{BinaryKind::less}, {a, b}), {5}, {1, 0, 0, 0, 0});
  expectTensor(evaluateOne(Binary{BinaryKind::equal}, {a, b}), {5}, {0, 1, 0, 0, 1});
  const Tensor where{{4}, {1, 0, -2, 0}}, of{{4}, {5, 6, 7, nan}};
  expectTensor(evaluateOne(Binary{BinaryKind::mask}, {where, of}), {4}, {5, 0, 7, 0});
  expectTensor(evaluateOne(Binary{BinaryKind::mask}, {of, where}), {4}, {1, 0, -2, 0});
}

TEST(Elementwise, WhereAFunctionHasNoValueItIsAnInfinityOrNoNumber) {
  const Tensor logarithms = applied(UnaryKind::log, {0, -1}), roots = applied(UnaryKind::sqrt, {-1});
  EXPECT_EQ(logarithms.data[0], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(logarithms.data[1]));
  EXPECT_TRUE(std::isnan(roots.data[0]));
  EXPECT_EQ(applied(UnaryKind::exp, {89}).data[0], std::numeric_limits<float>::infinity());
}

TEST(Elementwise, TheErrorFunctionIsOddAndSaturates) {
  expectTensor(applied(UnaryKind::erf, {0, 0.5f, -1, 3, 10}), {5},
               {0, 0.520499878f, -0.842700793f, 0.99997791f, 1});
}

TEST(Elementwise, ClipKeepsWhatLiesBetween) {
  expectTensor(evaluateOne(Unary{UnaryKind::clip, {-1, 2}}, {signs}), {3}, {-1, 0, 2});
  expectTensor(applied(UnaryKind::clip, {-3e38f, 0, 3e38f}), {3}, {-3e38f, 0, 3e38f});
}

TEST(Elementwise, HardSigmoidIsALineBetweenZeroAndOne) {
  // 0.2 x + 0.5
  expectTensor(applied(UnaryKind::hardSigmoid, {-3, 0, 1, 3}), {4}, {0, 0.5f, 0.7f, 1});
  expectTensor(evaluateOne(Unary{UnaryKind::hardSigmoid, {1, 0}}, {signs}), {3}, {0, 0, 1});
}

TEST(Elementwise, HardSwishIsZeroBelowMinusThreeAndTheIdentityAboveThree) {
  expectTensor(applied(UnaryKind::hardSwish, {-4, -3, -1.5f, 0, 1, 3, 4}), {7},
               {0, 0, -0.375f, 0, 4.0f / 6, 3, 4});
}

TEST(Elementwise, EluTendsToMinusAlpha) {
  // 2 (e^-1 - 1) = -1.264241118
  expectTensor(evaluateOne(Unary{UnaryKind::elu, {2}}, {{{4}, {-1, 0, 3, -100}}}), {4},
               {-1.264241118f, 0, 3, -2});
  expectTensor(applied(UnaryKind::elu, {-1e-6f}), {1}, {-0.9999995e-6f});
}

TEST(Elementwise, SoftplusIsStableAtBothEnds) {
  // log 2, log(1 + e), log(1 + e^-20) = 2.0611536e-9
  expectTensor(applied(UnaryKind::softplus, {0, 1, -20, 200}), {4},
               {0.693147181f, 1.313261688f, 2.0611536e-9f, 200});
}

TEST(Elementwise, GeluWeighsByTheNormalDistribution) {
  // Phi(1) = 0.841344746; Phi(-5) = 2.866515719e-7
  expectTensor(applied(UnaryKind::gelu, {0, 1, -1, -5, 30}), {5},
               {0, 0.841344746f, -0.158655254f, -1.43325786e-6f, 30});
}

TEST(Elementwise, GeluTanhIsItsApproximation) {
  // (1 + tanh(0.797884561 * 1.044715)) / 2 = 0.841191991
  expectTensor(applied(UnaryKind::geluTanh, {0, 1, -1, 30}), {4}, {0, 0.841191991f, -0.158808009f, 30});
}

TEST(Elementwise, PreluScalesNegativesByTheirChannelsSlope) {
  const Prelu op{parameter({2}, {0.5f, -1})};
  expectTensor(evaluateOne(op, {{{2, 1, 3}, {-2, 0, 3, -2, 0, 3}}}), {2, 1, 3}, {-1, 0, 3, 2, 0, 3});
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

TEST(Elementwise, SubtractsAndDividesInOrder) {
  Tensor a{{2}, {1, -6}}, b{{2}, {4, 3}};
  expectTensor(evaluateOne(Binary{BinaryKind::sub}, {a, b}), {2}, {-3, -9});
  expectTensor(evaluateOne(Binary{BinaryKind::div}, {a, b}), {2}, {0.25f, -2});
}

TEST(Elementwise, DividesByZeroAsIeeeSays) {
  const Tensor y = evaluateOne(Binary{BinaryKind::div}, {{{3}, {1, -1, 0}}, {{3}, {0, 0, 0}}});
  EXPECT_EQ(y.data[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(y.data[1], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(y.data[2]));
}

TEST(Elementwise, TakesTheSmallerAndTheLarger) {
  Tensor a{{3}, {1, -6, 2}}, b{{3}, {4, -7, 2}};
  expectTensor(evaluateOne(Binary{BinaryKind::min}, {a, b}), {3}, {1, -7, 2});
  expectTensor(evaluateOne(Binary{BinaryKind::max}, {a, b}), {3}, {4, -6, 2});
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

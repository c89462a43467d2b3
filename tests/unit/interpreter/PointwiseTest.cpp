// Chains, by numbers worked out by hand, and as the ops that they stand for.
#include "tests/unit/interpreter/EvaluateOp.h"
#include "tests/unit/ir/ops/SmallChains.h"

namespace ninc {
namespace {

TEST(PointwiseOp, GoesThroughItsSteps) {
  // relu(a * b + b)
  const PointwiseChain chain{{step(Binary{BinaryKind::mul}, {operand(0), operand(1)}),
                              step(Binary{BinaryKind::add}, {earlier(0), operand(1)}),
                              step(Unary{UnaryKind::relu}, {earlier(1)})}};
  expectTensor(evaluateOne(ninc::Pointwise{chain}, {{{3}, {1, 2, -3}}, {{3}, {4, -1, 2}}}), {3}, {8, 0, 0});
}

TEST(PointwiseOp, AStepMayBeReadTwiceAndSoMayAnOperand) {
  // x / (1 + e^-x) at 0 and 1
  expectTensor(evaluateOne(ninc::Pointwise{swish()}, {{{2}, {0, 1}}}), {2}, {0, 0.731058579f});
}

TEST(PointwiseOp, OrderOfSourcesMatters) {
  const PointwiseChain chain{{step(Binary{BinaryKind::sub}, {operand(1), operand(0)})}};
  expectTensor(evaluateOne(ninc::Pointwise{chain}, {{{2}, {1, 2}}, {{2}, {10, 20}}}), {2}, {9, 18});
}

TEST(PointwiseOp, EveryOperandStretches) {
  const PointwiseChain chain{{step(Binary{BinaryKind::add}, {operand(0), operand(1)}),
                              step(Binary{BinaryKind::mul}, {earlier(0), operand(2)})}};
  // ([1 2] as rows + [10 20 30] as columns) * 2
  expectTensor(evaluateOne(ninc::Pointwise{chain}, {{{2, 1}, {1, 2}}, {{1, 3}, {10, 20, 30}}, {{1, 1}, {2}}}),
               {2, 3}, {22, 42, 62, 24, 44, 64});
}

TEST(PointwiseOp, NumbersOfAChannelAreThoseOfTheResults) {
  PointwiseChain chain{{step(Prelu{parameter({2}, {0.5f, 0.25f})}, {operand(0)})}};
  expectTensor(evaluateOne(ninc::Pointwise{chain}, {{{2, 2}, {-4, 4, -4, 8}}}), {2, 2}, {-2, 4, -1, 8});
}

// A kernel keeps a number in a register where the ops would have stored it; both are f32.
TEST(PointwiseOp, EveryStepIsRoundedAsItsOpIs) {
  const Tensor a{{1}, {16777216}}, b{{1}, {1}}; // 2^24, the first whole number without a neighbour in f32
  const PointwiseChain chain{{step(Binary{BinaryKind::add}, {operand(0), operand(1)}),
                              step(Binary{BinaryKind::sub}, {earlier(0), operand(0)})}};
  EXPECT_EQ(evaluateOne(ninc::Pointwise{chain}, {a, b}).data, std::vector<float>{0});
}

TEST(PointwiseOp, AnMlpconvsMapsAreItsFirstOperand) {
  Mlpconv op;
  op.layers.push_back({1, Window{}, 1, false, {}, parameter({1, 1, 1, 1}, {2}), nullptr});
  op.epilogue = PointwiseEpilogue{addAndRelu()};
  const Tensor x{{1, 1, 3}, {1, 2, 3}}, residual{{1, 1, 3}, {0.5f, -5, 1}};
  expectTensor(evaluateOne(op, {x, residual}), {1, 1, 3}, {2.5f, 0, 7});
}

} // namespace
} // namespace ninc

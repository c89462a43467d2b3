// Bounds of chains: whatever the operands are in truth, within their errors, the result lies within the
// bound.
#include <cmath>
#include <gtest/gtest.h>

#include "ir/interpreter/bounds/OpErrors.h"
#include "tests/unit/ir/ops/SmallChains.h"

namespace ninc {
namespace {

double boundOf(const PointwiseChain &chain, const Tensor &a, const Tensor &b, float error) {
  const Tensor errors{{1}, {error}};
  const bounds::Operand operands[] = {{a, errors}, {b, errors}};
  return bounds::chainErrors(chain, operands).data.at(0);
}

double valueOf(const PointwiseChain &chain, float a, float b) {
  const Tensor x{{1}, {a}}, y{{1}, {b}};
  const Tensor *const operands[] = {&x, &y};
  return reference::evaluateChain(chain, operands).data.at(0);
}

const PointwiseChain scaledExponential{
    {step(Unary{UnaryKind::exp}, {operand(0)}), step(Binary{BinaryKind::mul}, {earlier(0), operand(1)}),
     step(Binary{BinaryKind::sub}, {earlier(1), operand(0)}), step(Unary{UnaryKind::tanh}, {earlier(2)})}};

TEST(PointwiseErrors, CoverEveryOperandWithinItsError) {
  for (float a : {-2.0f, -0.1f, 0.0f, 1.0f, 3.0f})
    for (float b : {-1.5f, 0.0f, 0.2f, 4.0f})
      for (float error : {0.0f, 1e-6f, 1e-3f, 0.2f}) {
        const double bound = boundOf(scaledExponential, {{1}, {a}}, {{1}, {b}}, error);
        const double value = valueOf(scaledExponential, a, b);
        for (float da : {-error, 0.0f, error})
          for (float db : {-error, 0.0f, error})
            EXPECT_LE(std::abs(valueOf(scaledExponential, a + da, b + db) - value), bound)
                << a << ", " << b << " within " << error;
      }
}

TEST(PointwiseErrors, AreNoLooserThanTheStepsAre) {
  // 3 + 5 and relu: one rounding of 8, and nothing for operands that are right.
  const double bound = boundOf(addAndRelu(), {{1}, {3}}, {{1}, {5}}, 0);
  EXPECT_GT(bound, 0);
  EXPECT_LE(bound, 2 * 8 * 0x1p-24 * 1.01);
}

TEST(PointwiseErrors, OfExactStepsAreThoseOfTheOperands) {
  const PointwiseChain rectified{
      {step(Unary{UnaryKind::neg}, {operand(0)}), step(Binary{BinaryKind::max}, {earlier(0), operand(1)})}};
  EXPECT_FLOAT_EQ(static_cast<float>(boundOf(rectified, {{1}, {3}}, {{1}, {5}}, 0.25f)), 0.25f);
}

} // namespace
} // namespace ninc

// Chains: what makes one, as text, and what is said of those that are none.
#include "ir/ops/Pointwise.h"

#include <gmock/gmock.h>

#include "ir/ops/AttributeText.h"
#include "tests/unit/ir/ops/SmallChains.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;

const PointwiseChain scaledAndShifted{{step(Binary{BinaryKind::mul}, {operand(0), operand(1)}),
                                       step(Binary{BinaryKind::add}, {earlier(0), operand(1)}),
                                       step(Unary{UnaryKind::relu}, {earlier(1)})}};

using Complaint = std::pair<std::string, int>;

// What is said of it, and which step it is said of; -1 for none.
Complaint complaint(const std::vector<PointwiseStep> &steps, std::size_t operands) {
  const std::optional<ChainError> error = checkChain({steps}, operands);
  if (!error) return {"", -1};
  return {error->message, error->step ? static_cast<int>(*error->step) : -1};
}

TEST(PointwiseChain, StepsReadOperandsAndEarlierSteps) {
  EXPECT_FALSE(checkChain(scaledAndShifted, 2));
}

TEST(PointwiseChain, IsPrintedWithItsSourcesButThatOfAStepWhichReadsTheOneBefore) {
  EXPECT_EQ(attributeText(Pointwise{scaledAndShifted}), "[mul $0 $1, add %0 $1, relu]");
  EXPECT_EQ(attributeText(Pointwise{{{step(Unary{UnaryKind::leakyRelu, {0.25f}}, {operand(0)}),
                                      step(Unary{UnaryKind::clip, {0, 6}}, {earlier(0)}),
                                      step(BatchNorm{}, {operand(1)}), step(Prelu{}, {earlier(0)})}}}),
            "[leaky_relu $0 0.25, clip 0 6, batch_norm $1 epsilon 1e-05, prelu %0]");
}

TEST(PointwiseChain, HasAStepAndAnOperand) {
  EXPECT_EQ(complaint({}, 1).first, "a chain needs at least one step");
  EXPECT_EQ(complaint({step(Unary{}, {operand(0)})}, 0).first, "a chain needs at least one operand");
}

TEST(PointwiseChain, AFunctionHasAsManySourcesAsItTakes) {
  EXPECT_EQ(complaint({step(Binary{}, {operand(0)})}, 1), Complaint("add takes 2 sources, not 1", 0));
  EXPECT_EQ(complaint({step(Prelu{}, {operand(0), operand(0)})}, 1),
            Complaint("prelu takes 1 source, not 2", 0));
}

TEST(PointwiseChain, ReadsWhatThereIs) {
  EXPECT_EQ(complaint({step(Unary{}, {operand(2)})}, 2),
            Complaint("relu reads $2, but the last operand is $1", 0));
  EXPECT_EQ(complaint({step(Unary{}, {operand(0)}), step(Unary{UnaryKind::exp}, {earlier(1)})}, 1),
            Complaint("exp is step %1 and reads %1, which isn't computed before it", 1));
}

TEST(PointwiseChain, EverythingIsRead) {
  EXPECT_EQ(complaint({step(Unary{}, {operand(0)})}, 2).first, "no step reads operand $1");
  EXPECT_EQ(checkChain({{step(Unary{}, {operand(0)})}}, 2)->operand, 1u);
  EXPECT_EQ(complaint({step(Unary{}, {operand(0)}), step(Unary{}, {operand(0)})}, 1),
            Complaint("no step reads %0, relu", 0));
}

TEST(PointwiseChain, NumbersOfAFunctionAreChecked) {
  EXPECT_THAT(complaint({step(Unary{UnaryKind::clip, {2, 1}}, {operand(0)})}, 1),
              ::testing::Pair(HasSubstr("clip min 2 is above its max 1"), 0));
  EXPECT_THAT(complaint({step(BatchNorm{-1, {}, {}, {}, {}}, {operand(0)})}, 1),
              ::testing::Pair(HasSubstr("epsilon"), 0));
}

TEST(PointwiseChain, HasSoManyStepsAndOperandsAtMost) {
  std::vector<PointwiseStep> steps{step(Unary{}, {operand(0)})};
  while (steps.size() < mostPointwiseSteps)
    steps.push_back(step(Unary{}, {earlier(steps.size() - 1)}));
  EXPECT_EQ(complaint(steps, 1).first, "");
  steps.push_back(step(Unary{}, {earlier(steps.size() - 1)}));
  EXPECT_EQ(complaint(steps, 1).first, "a chain has at most 32 steps, not 33");
  EXPECT_EQ(complaint({step(Unary{}, {operand(0)})}, 17).first, "a chain has at most 16 operands, not 17");
}

TEST(PointwiseChain, IsUniformUnlessAStepHasANumberAChannel) {
  EXPECT_TRUE(isUniform(Pointwise{scaledAndShifted}));
  EXPECT_FALSE(isUniform(Pointwise{{{step(Prelu{}, {operand(0)})}}}));
  EXPECT_FALSE(isUniform(Pointwise{{{step(Unary{}, {operand(0)}), step(BatchNorm{}, {earlier(0)})}}}));
  EXPECT_TRUE(isUniform(Unary{}));
  EXPECT_FALSE(isUniform(BatchNorm{}));
}

TEST(PointwiseChain, BelongsToAPointwiseOrAnEpilogue) {
  const Op pointwise = Pointwise{scaledAndShifted},
           mlpconv = Mlpconv{{}, PointwiseEpilogue{scaledAndShifted}}, plain = Mlpconv{};
  EXPECT_EQ(*chainOf(pointwise), scaledAndShifted);
  EXPECT_EQ(*chainOf(mlpconv), scaledAndShifted);
  EXPECT_EQ(chainOf(plain), nullptr);
}

} // namespace
} // namespace ninc

// Activations as exporters spell them out, each in the ways that were seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/Printer.h"
#include "ir/Verifier.h"
#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RecogniseFunctionsTest : public ::testing::Test {
protected:
  Value append(Op op, std::vector<Value> operands) {
    return graph.result(graph.append(std::move(op), operands).value());
  }
  Value constant(float number) {
    return append(Constant{{1}, std::make_shared<const Tensor>(Tensor{{1}, {number}})}, {});
  }
  Value binary(BinaryKind kind, Value a, Value b) { return append(Binary{kind}, {a, b}); }
  Value times(Value a, Value b) { return binary(BinaryKind::mul, a, b); }
  Value times(Value a, float number) { return times(a, constant(number)); }
  Value over(Value a, float number) { return binary(BinaryKind::div, a, constant(number)); }
  Value plus(Value a, float number) { return binary(BinaryKind::add, a, constant(number)); }
  Value unary(UnaryKind kind, Value a) { return append(usual(kind), {a}); }
  Value clip(Value a, float low, float high) { return append(Unary{UnaryKind::clip, {low, high}}, {a}); }
  Value ramp() { return clip(plus(x, 3), 0, 6); }
  Value errorGate() { return plus(unary(UnaryKind::erf, over(x, 1.4142135f)), 1); }

  // The only op behind the pass, whose output must have kept its numbers.
  std::string recognised(Value output) {
    EXPECT_TRUE(graph.addOutput(output));
    const std::map<std::string, Tensor> inputs{
        {graph.name(x), Tensor{{8}, {-9, -3, -1.5, -0.25, 0, 0.5, 3, 7}}}};
    const std::vector<float> expected = evaluateOutputs(graph, inputs).value()[0].data;
    Diagnostics diagnostics;
    PassContext context{diagnostics};
    const std::string before = print(graph);
    const bool changed = recogniseFunctions(graph, context);
    EXPECT_EQ(changed, print(graph) != before);
    EXPECT_TRUE(verify(graph).empty());
    const std::vector<float> actual = evaluateOutputs(graph, inputs).value()[0].data;
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(actual[i], expected[i], 1e-5);
    return graph.nodeCount() == 2 ? print(graph) : "more than an op:\n" + print(graph);
  }

  Graph graph{"net"};
  Value x = append(Input{{ElementType::f32, {8}, Layout::chw}}, {});
};

TEST_F(RecogniseFunctionsTest, HardSwishWithTheQuotientLast) {
  EXPECT_THAT(recognised(over(times(x, ramp()), 6)), HasSubstr("= hard_swish input_1"));
}

TEST_F(RecogniseFunctionsTest, HardSwishWithTheQuotientInTheGate) {
  EXPECT_THAT(recognised(times(over(ramp(), 6), x)), HasSubstr("= hard_swish input_1"));
}

TEST_F(RecogniseFunctionsTest, HardSwishByAFactor) {
  EXPECT_THAT(recognised(times(times(ramp(), x), 0.16666667f)), HasSubstr("= hard_swish input_1"));
}

TEST_F(RecogniseFunctionsTest, HardSwishByAHardSigmoid) {
  const Value gate = append(Unary{UnaryKind::hardSigmoid, {1.0f / 6, 0.5f}}, {x});
  EXPECT_THAT(recognised(times(x, gate)), HasSubstr("= hard_swish input_1"));
}

TEST_F(RecogniseFunctionsTest, HardSigmoidByAClip) {
  EXPECT_THAT(recognised(over(clip(plus(x, 1), 0, 4), 4)), HasSubstr("= hard_sigmoid input_1 0.25 0.25"));
}

TEST_F(RecogniseFunctionsTest, GeluWithTheHalfLast) {
  EXPECT_THAT(recognised(times(times(x, errorGate()), 0.5f)), HasSubstr("= gelu input_1"));
}

TEST_F(RecogniseFunctionsTest, GeluWithTheHalfFirst) {
  EXPECT_THAT(recognised(times(times(x, 0.5f), errorGate())), HasSubstr("= gelu input_1"));
}

TEST_F(RecogniseFunctionsTest, GeluByAFactorOfTheError) {
  const Value gate = plus(unary(UnaryKind::erf, times(x, 0.70710678f)), 1);
  EXPECT_THAT(recognised(times(x, times(gate, 0.5f))), HasSubstr("= gelu input_1"));
}

TEST_F(RecogniseFunctionsTest, GeluByATanh) {
  const Value cubic = binary(BinaryKind::add, x, times(times(times(x, x), x), 0.044715f));
  const Value gate = plus(unary(UnaryKind::tanh, times(cubic, 0.79788456f)), 1);
  EXPECT_THAT(recognised(times(times(x, 0.5f), gate)), HasSubstr("= gelu_tanh input_1"));
}

TEST_F(RecogniseFunctionsTest, OtherNumbersAreOtherFunctions) {
  EXPECT_THAT(recognised(over(times(x, clip(plus(x, 2), 0, 6)), 6)), Not(HasSubstr("hard_swish")));
}

TEST_F(RecogniseFunctionsTest, AGateOfSomethingElseIsNone) {
  const Value y = unary(UnaryKind::sqrt, unary(UnaryKind::abs, x));
  EXPECT_THAT(recognised(over(times(y, ramp()), 6)), Not(HasSubstr("hard_swish")));
}

TEST_F(RecogniseFunctionsTest, AFactorOfTwoIsNoHalf) {
  EXPECT_THAT(recognised(times(times(x, errorGate()), 2)), Not(HasSubstr("gelu")));
}

TEST_F(RecogniseFunctionsTest, StepsThatOthersReadStayForThem) {
  const Value gate = ramp();
  ASSERT_TRUE(graph.addOutput(unary(UnaryKind::sqrt, gate)));
  EXPECT_THAT(recognised(over(times(x, gate), 6)), HasSubstr("hard_swish input_1"));
  EXPECT_THAT(print(graph), HasSubstr("clip"));
}

} // namespace
} // namespace ninc

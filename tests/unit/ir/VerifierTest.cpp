// Each invariant of ir/Verifier.h is broken here, through the graph's own calls, which trust their callers.
#include "ir/Verifier.h"

#include <gmock/gmock.h>
#include <limits>

using namespace ninc;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

// image -> conv (two channels, 1x1) -> relu -> out
struct VerifierTest : testing::Test {
  Graph graph{"tested"};
  Value image = add(Input{{ElementType::f32, {2, 4, 4}, Layout::chw}}, {}, "image");
  Value conv = add(Conv2d{pointwise()}, {image}, "maps");
  Value out = add(Unary{UnaryKind::relu}, {conv}, "out");

  VerifierTest() { EXPECT_TRUE(graph.addOutput(out)); }

  Value add(Op op, std::vector<Value> operands, std::string name) {
    return graph.result(graph.append(std::move(op), operands, {std::move(name)}).value());
  }

  static Parameter tensor(Shape shape, float number = 0.5f) {
    Tensor result{std::move(shape), {}};
    result.data.assign(static_cast<std::size_t>(elementCount(result.shape)), number);
    return std::make_shared<const Tensor>(std::move(result));
  }

  static ConvLayer pointwise() {
    ConvLayer layer;
    layer.outChannels = 2;
    return layer;
  }

  void bind(Parameter weight, Parameter bias) {
    ConvLayer layer = pointwise();
    layer.weight = std::move(weight);
    layer.bias = std::move(bias);
    ASSERT_TRUE(graph.replaceOp(conv.node, Conv2d{layer}));
  }
};

auto broken(int invariant, const std::string &message) {
  return AllOf(Field("invariant", &Violation::invariant, invariant),
               Field("message", &Violation::message, HasSubstr(message)));
}

TEST_F(VerifierTest, ASoundGraphHasNoViolations) {
  EXPECT_THAT(verify(graph), IsEmpty());
}

TEST_F(VerifierTest, Invariant1NoCycle) {
  graph.setOperand(conv.node, 0, out);
  EXPECT_THAT(verify(graph), Contains(broken(1, "cycle")));
}

TEST_F(VerifierTest, Invariant2NoGapBetweenOperands) {
  graph.setOperand(out.node, 2, conv);
  EXPECT_THAT(verify(graph), ElementsAre(broken(2, "'out' has no operand 1")));
}

TEST_F(VerifierTest, Invariant2AnErasedProducerLeavesAGap) {
  Value sum = add(Binary{BinaryKind::add}, {image, out}, "sum");
  graph.setOperand(out.node, 0, image);
  graph.setOperand(sum.node, 0, conv);
  graph.erase(conv.node);
  EXPECT_THAT(verify(graph), ElementsAre(broken(2, "'sum' has no operand 0")));
}

TEST_F(VerifierTest, Invariant3OperandsNameResultsThatExist) {
  graph.setOperand(out.node, 0, {conv.node, 1});
  EXPECT_THAT(verify(graph), ElementsAre(broken(3, "'out' reads result 1 of 'maps', which has 1")));
}

TEST_F(VerifierTest, Invariant4TypesFollowTheOperands) {
  ConvLayer wider = pointwise();
  wider.outChannels = 3;
  ASSERT_TRUE(graph.replaceOp(conv.node, Conv2d{wider})); // without refreshTypes
  EXPECT_THAT(verify(graph), ElementsAre(broken(4, "'out' is f32[2, 4, 4], but its op gives f32[3, 4, 4]")));
}

TEST_F(VerifierTest, Invariant4AnOpThatRefusesItsOperands) {
  ASSERT_TRUE(graph.replaceOp(conv.node, Flatten{}));
  add(MaxPool{}, {image}, "pool");
  graph.setOperand(graph.find("pool").node, 0, conv);
  EXPECT_THAT(verify(graph), Contains(broken(4, "max_pool works on maps")));
}

TEST_F(VerifierTest, Invariant4LayoutsAreFree) {
  graph.setLayout(conv, Layout::hwc);
  EXPECT_THAT(verify(graph), IsEmpty());
}

TEST_F(VerifierTest, Invariant5NamesAreIdentifiers) {
  graph.rename(conv, "3x3");
  EXPECT_THAT(verify(graph), ElementsAre(broken(5, "'3x3' is not a name")));
}

TEST_F(VerifierTest, Invariant5NamesAreNoWordsOfTheLanguage) {
  graph.rename(conv, "stride");
  EXPECT_THAT(verify(graph), ElementsAre(broken(5, "'stride' is a word of the language")));
}

TEST_F(VerifierTest, Invariant5NamesAreUnique) {
  graph.rename(conv, "out");
  EXPECT_THAT(verify(graph), ElementsAre(broken(5, "'out' leads to another value")));
}

TEST_F(VerifierTest, Invariant6ThereIsAnOutput) {
  EXPECT_THAT(verify(Graph("empty")), ElementsAre(broken(6, "no output")));
}

TEST_F(VerifierTest, Invariant6OutputsAreValuesOfTheGraph) {
  Graph other = graph.clone();
  ASSERT_TRUE(graph.addOutput(other.find("maps")));
  EXPECT_THAT(verify(graph), ElementsAre(broken(6, "not a value of this graph")));
}

TEST_F(VerifierTest, Invariant6OutputsAreResultsThatExist) {
  ASSERT_TRUE(graph.addOutput({conv.node, 1}));
  EXPECT_THAT(verify(graph), ElementsAre(broken(6, "not a value of this graph")));
}

TEST_F(VerifierTest, Invariant6AnInputIsNoOutput) {
  ASSERT_TRUE(graph.addOutput(image));
  EXPECT_THAT(verify(graph), ElementsAre(broken(6, "'image' is no op's result, but an input")));
}

TEST_F(VerifierTest, Invariant6AConstantIsNoOutput) {
  ASSERT_TRUE(graph.addOutput(add(Constant{{3}, {}}, {}, "three")));
  EXPECT_THAT(verify(graph), ElementsAre(broken(6, "'three' is no op's result, but a constant")));
}

TEST_F(VerifierTest, Invariant6NoOutputIsListedTwice) {
  Value twin = add(Unary{UnaryKind::relu}, {conv}, "twin");
  ASSERT_TRUE(graph.addOutput(twin));
  graph.replaceAllUses(twin, out);
  EXPECT_THAT(verify(graph), ElementsAre(broken(6, "'out' is listed twice")));
}

TEST_F(VerifierTest, Invariant4AnInputLiesAsItsTypeSays) {
  graph.setLayout(image, Layout::hwc);
  EXPECT_THAT(verify(graph), ElementsAre(broken(4, "'image' is f32[")));
}

TEST_F(VerifierTest, Invariant7ConstantsHaveLayoutChw) {
  Value constant = add(Constant{{2, 1, 1}, {}}, {}, "shift");
  graph.setLayout(constant, Layout::hwc);
  EXPECT_THAT(verify(graph), ElementsAre(broken(7, "'shift' must have layout chw, being a constant")));
}

TEST_F(VerifierTest, Invariant7VectorsHaveLayoutChw) {
  Value vector = add(Flatten{}, {out}, "vector");
  graph.setLayout(vector, Layout::hwc);
  EXPECT_THAT(verify(graph), ElementsAre(broken(7, "'vector' must have layout chw, being of rank 1")));
}

TEST_F(VerifierTest, Invariant8ParametersHaveTheSlotsShape) {
  bind(tensor({2, 2, 3, 3}), tensor({2}));
  EXPECT_THAT(verify(graph),
              ElementsAre(broken(8, "'maps'.weight has shape [2, 2, 3, 3] instead of [2, 2, 1, 1]")));
}

TEST_F(VerifierTest, Invariant8ParametersHoldAsManyNumbersAsTheirShapeSays) {
  bind(std::make_shared<const Tensor>(Tensor{{2, 2, 1, 1}, {1.0f}}), tensor({2}));
  EXPECT_THAT(verify(graph), ElementsAre(broken(8, "'maps'.weight holds 1 numbers instead of 4")));
}

TEST_F(VerifierTest, Invariant8ParametersAreFinite) {
  bind(tensor({2, 2, 1, 1}), tensor({2}, std::numeric_limits<float>::quiet_NaN()));
  EXPECT_THAT(verify(graph), ElementsAre(broken(8, "'maps'.bias holds a number that is not finite")));
}

TEST_F(VerifierTest, Invariant9TheModelsNameIsAnIdentifier) {
  graph.setName("my model");
  EXPECT_THAT(verify(graph), ElementsAre(broken(9, "'my model' is not a name")));
}

TEST_F(VerifierTest, Invariant9TheModelsNameMakesNoFunctionOfOthers) {
  graph.setName("sem");
  EXPECT_THAT(verify(graph), ElementsAre(broken(9, "'sem_destroy' is a function of the system's libraries")));
}

TEST_F(VerifierTest, Invariant10BoundMeansNoSlotIsEmpty) {
  bind(tensor({2, 2, 1, 1}), nullptr);
  EXPECT_THAT(verify(graph), IsEmpty());
  EXPECT_THAT(verify(graph, ParameterState::bound), ElementsAre(broken(10, "'maps'.bias has no numbers")));
}

} // namespace

// Walking a graph, and what the interpreter says about inputs and parameters that don't fit.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

using ::testing::HasSubstr;
using Inputs = std::map<std::string, Tensor>;

Value append(Graph &graph, Op op, std::vector<Value> operands, const std::string &name) {
  Result<Node> node = graph.append(std::move(op), operands, {name});
  EXPECT_TRUE(node.has_value()) << (node ? "" : node.error().message);
  return Value{node.value_or(Node{})};
}

// a, b -> sum = a + b -> positive = relu sum; difference = sum * minus
struct TwoInputs {
  Graph graph;
  TwoInputs() {
    TensorType pair{ElementType::f32, {2}, Layout::chw};
    Value a = append(graph, Input{pair}, {}, "a");
    Value b = append(graph, Input{pair}, {}, "b");
    Value sum = append(graph, Binary{BinaryKind::add}, {a, b}, "sum");
    Value minus = append(graph, Constant{{1}, parameter({1}, {-1})}, {}, "minus");
    Value positive = append(graph, Unary{UnaryKind::relu}, {sum}, "positive");
    Value negated = append(graph, Binary{BinaryKind::mul}, {sum, minus}, "negated");
    EXPECT_TRUE(graph.addOutput(negated));
    EXPECT_TRUE(graph.addOutput(positive));
  }
};

const Inputs given{{"a", {{2}, {1, -5}}}, {"b", {{2}, {2, 3}}}};

TEST(GraphEvaluation, EvaluateAllNamesEveryValue) {
  auto values = evaluateAll(TwoInputs().graph, given);
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(values->size(), 6u);
  expectTensor(values->at("a"), {2}, {1, -5});
  expectTensor(values->at("sum"), {2}, {3, -2});
  expectTensor(values->at("positive"), {2}, {3, 0});
  expectTensor(values->at("negated"), {2}, {-3, 2});
}

TEST(GraphEvaluation, OutputsComeInTheirOrder) {
  auto outputs = evaluateOutputs(TwoInputs().graph, given);
  ASSERT_TRUE(outputs.has_value());
  ASSERT_EQ(outputs->size(), 2u);
  expectTensor((*outputs)[0], {2}, {-3, 2});
  expectTensor((*outputs)[1], {2}, {3, 0});
}

TEST(GraphEvaluation, AnInputMayBeAnOutputAndAnOutputMayBeRead) {
  Graph graph;
  Value x = append(graph, Input{{ElementType::f32, {1}, Layout::chw}}, {}, "x");
  Value twice = append(graph, Binary{BinaryKind::add}, {x, x}, "twice");
  append(graph, Unary{UnaryKind::relu}, {twice}, "unread");
  ASSERT_TRUE(graph.addOutput(twice));
  ASSERT_TRUE(graph.addOutput(x));
  auto outputs = evaluateOutputs(graph, {{"x", {{1}, {4}}}});
  ASSERT_TRUE(outputs.has_value());
  expectTensor((*outputs)[0], {1}, {8});
  expectTensor((*outputs)[1], {1}, {4});
}

TEST(GraphEvaluation, LayoutsDontChangeTheNumbers) {
  Graph graph;
  Value x = append(graph, Input{{ElementType::f32, {2, 1, 2}, Layout::chw}}, {}, "x");
  Value y = append(graph, Unary{UnaryKind::relu}, {x}, "y");
  Value flat = append(graph, Flatten{}, {y}, "flat");
  ASSERT_TRUE(graph.addOutput(flat));
  graph.setLayout(y, Layout::hwc);
  auto outputs = evaluateOutputs(graph, {{"x", {{2, 1, 2}, {1, 2, 3, 4}}}});
  ASSERT_TRUE(outputs.has_value());
  expectTensor((*outputs)[0], {4}, {1, 2, 3, 4});
}

void expectError(const Inputs &inputs, const std::string &part) {
  auto values = evaluateAll(TwoInputs().graph, inputs);
  ASSERT_FALSE(values.has_value());
  EXPECT_EQ(values.error().kind, ErrorKind::badInput);
  EXPECT_THAT(values.error().message, HasSubstr(part));
}

TEST(GraphEvaluation, NamesAMissingInput) {
  expectError({{"a", {{2}, {1, 2}}}}, "input 'b' [2] is missing");
}

TEST(GraphEvaluation, NamesASurplusInputAndTheOnesThereAre) {
  Inputs inputs = given;
  inputs["c"] = {{1}, {0}};
  expectError(inputs, "no input 'c'; its inputs are: a, b");
}

TEST(GraphEvaluation, NamesBothShapesOfAMisshapenInput) {
  Inputs inputs = given;
  inputs["b"] = {{3}, {0, 0, 0}};
  expectError(inputs, "input 'b' is [3], but the model takes [2]");
}

TEST(GraphEvaluation, CountsTheNumbersOfAnInput) {
  Inputs inputs = given;
  inputs["b"] = {{2}, {0}};
  expectError(inputs, "input 'b' has 1 numbers for shape [2]");
}

TEST(GraphEvaluation, AnUnboundParameterIsAnInternalErrorThatNamesTheValue) {
  Graph graph;
  Value x = append(graph, Input{{ElementType::f32, {2}, Layout::chw}}, {}, "x");
  Value y = append(graph, Dense{1, true, {}, nullptr, nullptr}, {x}, "score");
  ASSERT_TRUE(graph.addOutput(y));
  auto outputs = evaluateOutputs(graph, {{"x", {{2}, {1, 2}}}});
  ASSERT_FALSE(outputs.has_value());
  EXPECT_EQ(outputs.error().kind, ErrorKind::internal);
  EXPECT_THAT(outputs.error().message, HasSubstr("'score'"));
  EXPECT_THAT(outputs.error().message, HasSubstr("'weight' of dense is not bound"));
}

TEST(EvaluateOneOp, RefusesWhatTheTypeRulesRefuse) {
  auto results =
      evaluate(MaxPool{{.kernel = {5, 5}, .pad = {}}}, std::vector<Tensor>{{{1, 3, 3}, counting(9)}});
  ASSERT_FALSE(results.has_value());
  EXPECT_EQ(results.error().kind, ErrorKind::internal);
}

TEST(EvaluateOneOp, RefusesAMisshapenParameter) {
  Dense op{1, false, {}, parameter({1, 3}, {1, 2, 3}), nullptr};
  auto results = evaluate(op, std::vector<Tensor>{{{2}, {1, 2}}});
  ASSERT_FALSE(results.has_value());
  EXPECT_THAT(results.error().message, HasSubstr("[1, 3] instead of [1, 2]"));
}

TEST(EvaluateOneOp, RefusesATensorWithoutItsNumbers) {
  EXPECT_FALSE(evaluate(Unary{UnaryKind::relu}, std::vector<Tensor>{{{3}, {1, 2}}}).has_value());
}

TEST(EvaluateOneOp, RefusesAnInputSinceItHasNoValue) {
  auto results = evaluate(Input{{ElementType::f32, {1}, Layout::chw}}, {});
  ASSERT_FALSE(results.has_value());
  EXPECT_EQ(results.error().kind, ErrorKind::internal);
}

} // namespace
} // namespace ninc

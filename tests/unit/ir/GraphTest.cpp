#include "ir/Graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// image -> a (relu) -> b (tanh) -> sum = a + b, an output.
class GraphTest : public testing::Test {
protected:
  GraphTest() {
    image = add(Input{{ElementType::f32, {3, 4, 4}, Layout::chw}}, {}, "image");
    a = add(Unary{UnaryKind::relu}, {image}, "a");
    b = add(Unary{UnaryKind::tanh}, {a}, "b");
    sum = add(Binary{BinaryKind::add}, {a, b}, "sum");
    EXPECT_TRUE(graph.addOutput(sum));
  }

  Value add(Op op, std::vector<Value> operands, const std::string &name) {
    return graph.result(graph.append(std::move(op), operands, {name}).value());
  }

  std::vector<std::string> namesOf(const std::vector<Node> &nodes, const Graph &of) const {
    std::vector<std::string> names;
    for (Node node : nodes)
      names.push_back(of.name(of.result(node)));
    return names;
  }
  std::vector<std::string> namesOf(const std::vector<Node> &nodes) const { return namesOf(nodes, graph); }

  Graph graph{"net"};
  Value image, a, b, sum;
};

Mlpconv keepingMaps() {
  ConvLayer layer;
  layer.outChannels = 2;
  return {{layer}, GapEpilogue{true, true}};
}

TEST_F(GraphTest, KnowsOperandsAndReaders) {
  EXPECT_THAT(graph.operands(sum.node), ElementsAre(a, b));
  EXPECT_EQ(graph.operand(sum.node, 1), b);
  EXPECT_EQ(graph.operandCount(sum.node), 2u);
  EXPECT_THAT(graph.uses(a), ElementsAre(Use{b.node, 0}, Use{sum.node, 0}));
  EXPECT_THAT(graph.uses(sum), IsEmpty());
}

TEST_F(GraphTest, CountsOutputsAmongTheUses) {
  EXPECT_EQ(graph.useCount(a), 2u);
  EXPECT_EQ(graph.useCount(sum), 1u);
  EXPECT_TRUE(graph.isOutput(sum));
  EXPECT_FALSE(graph.isOutput(a));
}

TEST_F(GraphTest, AnOperandMayBeReadTwiceByOneNode) {
  Value twice = add(Binary{BinaryKind::mul}, {b, b}, "twice");
  EXPECT_THAT(graph.operands(twice.node), ElementsAre(b, b));
  EXPECT_THAT(graph.uses(b), ElementsAre(Use{sum.node, 1}, Use{twice.node, 0}, Use{twice.node, 1}));
  graph.setOperand(twice.node, 0, a);
  EXPECT_THAT(graph.operands(twice.node), ElementsAre(a, b));
}

TEST_F(GraphTest, InfersTypesAndRefusesWhatHasNone) {
  EXPECT_EQ(graph.type(sum).shape, (Shape{3, 4, 4}));
  Result<Node> bad = graph.append(Dense{4, true, {}, {}, {}}, std::vector{sum});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("put a flatten before it"));
  EXPECT_EQ(graph.nodeCount(), 4u);
}

TEST_F(GraphTest, NamesAreUniqueAndLeadBack) {
  EXPECT_EQ(graph.find("b"), b);
  EXPECT_FALSE(graph.find("c"));
  Result<Node> taken = graph.append(Unary{UnaryKind::relu}, std::vector{a}, {"b"});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, "the name 'b' is already in use");
}

TEST_F(GraphTest, MakesUpNamesThatAreFree) {
  Value taken = add(Unary{UnaryKind::relu}, {a}, "relu_1");
  Value made = graph.result(graph.append(Unary{UnaryKind::relu}, std::vector{a}).value());
  EXPECT_EQ(graph.name(taken), "relu_1");
  EXPECT_EQ(graph.name(made), "relu_2");
  EXPECT_EQ(graph.find("relu_2"), made);
}

TEST_F(GraphTest, MadeUpNamesAreNumberedFromTheFirstOn) {
  EXPECT_EQ(graph.name(graph.result(graph.append(Unary{UnaryKind::relu}, std::vector{a}).value())), "relu_1");
}

TEST_F(GraphTest, TwoResultsHaveTwoNamesAndTypes) {
  Node node = graph.append(keepingMaps(), std::vector{a}, {"prob", "maps"}).value();
  EXPECT_EQ(graph.resultCount(node), 2u);
  EXPECT_EQ(graph.find("maps"), graph.result(node, 1));
  EXPECT_EQ(graph.type(graph.result(node, 0)).shape, (Shape{2}));
  EXPECT_EQ(graph.type(graph.result(node, 1)).shape, (Shape{2, 4, 4}));
  EXPECT_FALSE(graph.append(keepingMaps(), std::vector{a}, {"one"}));
  EXPECT_FALSE(graph.append(keepingMaps(), std::vector{a}, {"same", "same"}));
  Node made = graph.append(keepingMaps(), std::vector{a}).value();
  EXPECT_NE(graph.name(graph.result(made, 0)), graph.name(graph.result(made, 1)));
}

TEST_F(GraphTest, RenamingFreesTheOldName) {
  graph.rename(b, "fresh");
  EXPECT_EQ(graph.find("fresh"), b);
  EXPECT_FALSE(graph.find("b"));
  graph.rename(b, "fresh");
  EXPECT_EQ(graph.find("fresh"), b);
}

TEST_F(GraphTest, ReplacingAllUsesMovesReadersAndOutputs) {
  Value other = add(Unary{UnaryKind::sigmoid}, {image}, "other");
  graph.replaceAllUses(sum, other);
  EXPECT_THAT(graph.outputs(), ElementsAre(other));
  graph.replaceAllUses(a, image);
  EXPECT_THAT(graph.operands(b.node), ElementsAre(image));
  EXPECT_THAT(graph.operands(sum.node), ElementsAre(image, b));
  EXPECT_THAT(graph.uses(a), IsEmpty());
}

TEST_F(GraphTest, ErasingForgetsTheNodeAndItsName) {
  Value other = add(Unary{UnaryKind::sigmoid}, {b}, "other");
  graph.erase(other.node);
  EXPECT_EQ(graph.nodeCount(), 4u);
  EXPECT_FALSE(graph.find("other"));
  EXPECT_THAT(graph.uses(b), ElementsAre(Use{sum.node, 1}));
}

TEST_F(GraphTest, NodesStayValidWhileOthersComeAndGo) {
  for (int i = 0; i < 100; ++i)
    graph.erase(graph.append(Unary{UnaryKind::relu}, std::vector{image}).value());
  EXPECT_EQ(graph.name(sum), "sum");
  EXPECT_THAT(graph.operands(sum.node), ElementsAre(a, b));
}

TEST_F(GraphTest, ReplacingAnOpKeepsOperandsNameAndLayout) {
  graph.setLayout(b, Layout::hwc);
  ASSERT_TRUE(graph.replaceOp(b.node, Unary{UnaryKind::sigmoid}));
  EXPECT_TRUE(is(graph.op(b.node), UnaryKind::sigmoid));
  EXPECT_FALSE(is(graph.op(b.node), UnaryKind::tanh));
  EXPECT_EQ(graph.name(b), "b");
  EXPECT_EQ(graph.type(b).layout, Layout::hwc);
  EXPECT_THAT(graph.operands(b.node), ElementsAre(a));
}

TEST_F(GraphTest, ReplacingAnOpByOneThatRefusesItsOperandsChangesNothing) {
  EXPECT_FALSE(graph.replaceOp(b.node, Binary{BinaryKind::add}));
  EXPECT_TRUE(is(graph.op(b.node), UnaryKind::tanh));
}

TEST_F(GraphTest, ReplacingAnOpMayDropAResultThatNobodyReads) {
  Node node = graph.append(keepingMaps(), std::vector{a}, {"prob", "maps"}).value();
  Mlpconv without = keepingMaps();
  without.epilogue = GapEpilogue{true, false};
  ASSERT_TRUE(graph.replaceOp(node, without));
  EXPECT_EQ(graph.resultCount(node), 1u);
  EXPECT_FALSE(graph.find("maps"));
  ASSERT_TRUE(graph.replaceOp(node, keepingMaps()));
  EXPECT_EQ(graph.name(graph.result(node, 1)), "prob_1");
  EXPECT_EQ(graph.find("prob_1"), graph.result(node, 1));
}

TEST_F(GraphTest, ReplacingAnOpMayNotDropAResultThatIsRead) {
  Node node = graph.append(keepingMaps(), std::vector{a}, {"prob", "maps"}).value();
  ASSERT_TRUE(graph.addOutput(graph.result(node, 1)));
  Mlpconv without = keepingMaps();
  without.epilogue = GapEpilogue{true, false};
  EXPECT_EQ(graph.replaceOp(node, without).error().kind, ErrorKind::internal);
  EXPECT_EQ(graph.find("maps"), graph.result(node, 1));
  EXPECT_EQ(graph.resultCount(node), 2u);
}

TEST_F(GraphTest, RefreshingTypesCarriesAChangeDownstream) {
  ASSERT_TRUE(graph.replaceOp(image.node, Input{{ElementType::f32, {3, 8, 8}, Layout::chw}}));
  EXPECT_EQ(graph.type(sum).shape, (Shape{3, 4, 4}));
  ASSERT_TRUE(graph.refreshTypes());
  EXPECT_EQ(graph.type(sum).shape, (Shape{3, 8, 8}));
}

TEST_F(GraphTest, OrderIsInsertionOrderWhereThatIsTopological) {
  EXPECT_THAT(namesOf(graph.topologicalOrder()), ElementsAre("image", "a", "b", "sum"));
  Value late = add(Unary{UnaryKind::sigmoid}, {image}, "late");
  graph.setOperand(b.node, 0, late);
  EXPECT_THAT(namesOf(graph.nodes()), ElementsAre("image", "a", "b", "sum", "late"));
  EXPECT_THAT(namesOf(graph.topologicalOrder()), ElementsAre("image", "a", "late", "b", "sum"));
}

TEST_F(GraphTest, InsertingBeforeANodeTakesThatPlace) {
  ASSERT_TRUE(graph.insertBefore(b.node, Unary{UnaryKind::sigmoid}, std::vector{image}, {"first"}));
  ASSERT_TRUE(graph.insertBefore(b.node, Unary{UnaryKind::sigmoid}, std::vector{image}, {"second"}));
  EXPECT_THAT(namesOf(graph.topologicalOrder()), ElementsAre("image", "a", "first", "second", "b", "sum"));
  add(Unary{UnaryKind::relu}, {image}, "last");
  EXPECT_EQ(namesOf(graph.nodes()).back(), "last");
}

TEST_F(GraphTest, AnyNumberOfInsertionsAtOnePlaceStayInOrder) {
  std::vector<std::string> expected{"image", "a"};
  for (int i = 0; i < 200; ++i) {
    expected.push_back("s" + std::to_string(i));
    ASSERT_TRUE(graph.insertBefore(b.node, Unary{UnaryKind::sigmoid}, std::vector{image}, {expected.back()}));
  }
  expected.insert(expected.end(), {"b", "sum"});
  EXPECT_EQ(namesOf(graph.nodes()), expected);
}

TEST_F(GraphTest, InsertingBeforeTheFirstNodeMakesItTheFirst) {
  ASSERT_TRUE(graph.insertBefore(image.node, Constant{{1}, nullptr}, {}, {"k"}));
  EXPECT_THAT(namesOf(graph.nodes()), ElementsAre("k", "image", "a", "b", "sum"));
}

TEST_F(GraphTest, ACycleHasNoOrder) {
  graph.setOperand(a.node, 0, b);
  EXPECT_THAT(graph.topologicalOrder(), IsEmpty());
}

TEST_F(GraphTest, DependenciesAreEverythingUpstreamInOrder) {
  Value other = add(Unary{UnaryKind::sigmoid}, {image}, "other");
  EXPECT_THAT(namesOf(graph.dependencies(sum.node)), ElementsAre("image", "a", "b"));
  EXPECT_THAT(namesOf(graph.dependencies(other.node)), ElementsAre("image"));
  EXPECT_THAT(graph.dependencies(image.node), IsEmpty());
}

TEST_F(GraphTest, AnOutputIsListedOnce) {
  Result<void> again = graph.addOutput(sum);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().message, "'sum' is already an output");
  ASSERT_TRUE(graph.addOutput(a));
  EXPECT_THAT(graph.outputs(), ElementsAre(sum, a));
}

TEST_F(GraphTest, InputsAreInInsertionOrder) {
  add(Input{{ElementType::f32, {5}, Layout::chw}}, {}, "second");
  EXPECT_THAT(namesOf(graph.inputs()), ElementsAre("image", "second"));
}

TEST_F(GraphTest, ACloneIsEqualAndSharesNothingButParameters) {
  auto tensor = std::make_shared<const Tensor>(Tensor{{3, 1, 1}, {1, 2, 3}});
  Value scale = add(Constant{{3, 1, 1}, tensor}, {}, "scale");
  Value scaled = add(Binary{BinaryKind::mul}, {sum, scale}, "scaled");
  ASSERT_TRUE(graph.insertBefore(b.node, Unary{UnaryKind::sigmoid}, std::vector{image}, {"early"}));
  graph.weightSource = {WeightSource::Kind::random, "", 7, {}};

  Graph copy = graph.clone();
  EXPECT_EQ(copy.name(), "net");
  EXPECT_EQ(copy.weightSource, graph.weightSource);
  EXPECT_EQ(namesOf(copy.nodes(), copy), namesOf(graph.nodes()));
  EXPECT_THAT(copy.outputs(), ElementsAre(copy.find("sum")));
  EXPECT_THAT(copy.operands(copy.find("scaled").node), ElementsAre(copy.find("sum"), copy.find("scale")));
  EXPECT_EQ(copy.as<Constant>(copy.find("scale").node)->value, tensor);

  graph.rename(scaled, "changed");
  graph.replaceAllUses(sum, a);
  EXPECT_TRUE(copy.find("scaled"));
  EXPECT_EQ(copy.name(copy.operand(copy.find("scaled").node, 0)), "sum");
}

TEST_F(GraphTest, MovingKeepsNodesValid) {
  Graph moved = std::move(graph);
  EXPECT_EQ(moved.name(sum), "sum");
  EXPECT_EQ(moved.find("a"), a);
}

TEST_F(GraphTest, AVeryLongChainNeedsNoDeepStack) {
  Value value = image;
  for (int i = 0; i < 5000; ++i)
    value = add(Unary{UnaryKind::relu}, {value}, "r" + std::to_string(i));
  EXPECT_EQ(graph.topologicalOrder().size(), 5004u);
  EXPECT_EQ(graph.dependencies(value.node).size(), 5000u);
}

} // namespace
} // namespace ninc

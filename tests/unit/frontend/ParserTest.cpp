// What file tests (tests/files/parse) can't show: places and fields of the graph, texts that are too large or
// too odd for a file, and what the parser leaves alone.
#include "frontend/text/Parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <random>

#include "ir/Names.h"
#include "ir/Printer.h"

namespace ninc {
namespace {

using testing::HasSubstr;

struct ParserTest : testing::Test {
  Diagnostics diagnostics;

  Graph parse(const std::string &text) {
    std::optional<Graph> graph = parseModel(text, diagnostics);
    EXPECT_EQ(render(diagnostics, "", text), "");
    return graph ? std::move(*graph) : Graph();
  }

  std::string complaint(const std::string &text) {
    EXPECT_FALSE(parseModel(text, diagnostics));
    return render(diagnostics, "", text);
  }
};

TEST_F(ParserTest, NodesRememberWhereTheirOpStands) {
  Graph graph = parse("model m\nx = input f32[3]\ny = softmax (relu x)\noutput y\n");
  EXPECT_EQ(graph.where(graph.find("y").node), (SourceRange{3, 5, 7}));
  EXPECT_EQ(graph.where(graph.find("relu_1").node), (SourceRange{3, 14, 4}));
}

TEST_F(ParserTest, InputsHaveTheShapesThatAreGivenInsteadOfTheTexts) {
  const std::string text = "model m\nx = input f32[2, 6, 6]\nz = input f32[2]\n"
                           "y = relu x : f32[2, 6, 6] hwc\nw = relu z\noutput y, w\n";
  const std::optional<Graph> graph = parseModel(text, diagnostics, {{"x", {2, 9, 7}}});
  ASSERT_TRUE(graph) << render(diagnostics, "", text);
  EXPECT_EQ(graph->type(graph->find("x")).shape, (Shape{2, 9, 7}));
  EXPECT_EQ(graph->type(graph->find("y")).shape, (Shape{2, 9, 7})) << "whatever its annotation says";
  EXPECT_EQ(graph->type(graph->find("y")).layout, Layout::hwc);
  EXPECT_EQ(graph->type(graph->find("z")).shape, (Shape{2}));
  EXPECT_FALSE(parseModel(text, diagnostics, {{"w", {2}}}));
  EXPECT_THAT(render(diagnostics, "", text), HasSubstr("the model has no input 'w'; it has x, z"));
}

TEST_F(ParserTest, WeightsRememberWhereTheyAreNamed) {
  Graph graph = parse("model m\nweights \"w.safetensors\"\nx = input f32[3]\ny = relu x\noutput y\n");
  EXPECT_EQ(graph.weightSource.where, (SourceRange{2, 1, 23}));
  EXPECT_EQ(graph.weightSource.path, "w.safetensors");
}

TEST_F(ParserTest, AModelWithoutWeightsHasNoSource) {
  Graph graph = parse("model m\nx = input f32[3]\ny = relu x\noutput y\n");
  EXPECT_EQ(graph.weightSource.kind, WeightSource::Kind::none);
}

TEST_F(ParserTest, ExtentsAreHeightByWidth) {
  Graph graph = parse("model m\nx = input f32[1, 9, 9]\n"
                      "y = conv2d x 5x3 stride 2x1 pad 1x0 dilation 1x2 -> 1\noutput y\n");
  const Window &window = graph.as<Conv2d>(graph.find("y").node)->layer.window;
  EXPECT_EQ(window.kernel, (std::array<std::int64_t, 2>{5, 3}));
  EXPECT_EQ(window.stride, (std::array<std::int64_t, 2>{2, 1}));
  EXPECT_EQ(window.dilation, (std::array<std::int64_t, 2>{1, 2}));
  EXPECT_EQ(window.pad, (Padding{1, 0, 1, 0}));
}

TEST_F(ParserTest, FourPadsAreTopLeftBottomRight) {
  Graph graph = parse("model m\nx = input f32[1, 9, 9]\ny = conv2d x 3 pad 1,2,3,4 -> 1\noutput y\n");
  EXPECT_EQ(graph.as<Conv2d>(graph.find("y").node)->layer.window.pad, (Padding{1, 2, 3, 4}));
}

TEST_F(ParserTest, ReluIsTheDefaultOfMlpconvAndOfNothingElse) {
  Graph graph = parse("model m\nx = input f32[1, 4, 4]\na = mlpconv x [conv 1x1 -> 2, 2 none]\n"
                      "b = conv2d a 1x1 -> 2\nc = dense (flatten b) -> 2\noutput c\n");
  const auto *mlpconv = graph.as<Mlpconv>(graph.find("a").node);
  EXPECT_EQ(mlpconv->layers[0].activation, Unary{UnaryKind::relu});
  EXPECT_EQ(mlpconv->layers[1].activation, std::nullopt);
  EXPECT_EQ(graph.as<Conv2d>(graph.find("b").node)->layer.activation, std::nullopt);
  EXPECT_EQ(graph.as<Dense>(graph.find("c").node)->activation, std::nullopt);
}

TEST_F(ParserTest, TheLayoutComesFromTheAnnotation) {
  Graph graph =
      parse("model m\nx = input f32[1, 4, 4]\na = relu x : f32[1, 4, 4] hwc\nb = relu a\noutput b\n");
  EXPECT_EQ(graph.type(graph.find("a")).layout, Layout::hwc);
  EXPECT_EQ(graph.type(graph.find("b")).layout, Layout::chw);
}

TEST_F(ParserTest, InputsAreInTheOrderOfTheText) {
  Graph graph = parse("model m\nb = input f32[3]\nc = relu b\na = input f32[3]\ny = add c a\noutput y\n");
  ASSERT_EQ(graph.inputs().size(), 2u);
  EXPECT_EQ(graph.name(graph.result(graph.inputs()[0])), "b");
  EXPECT_EQ(graph.name(graph.result(graph.inputs()[1])), "a");
}

TEST_F(ParserTest, PassesOverAByteOrderMark) {
  EXPECT_EQ(parse("\xef\xbb\xbfmodel m\nx = input f32[3]\ny = relu x\noutput y").name(), "m");
}

TEST_F(ParserTest, NeedsNoLineBreakAtTheEnd) {
  EXPECT_EQ(parse("model m\nx = input f32[3]\ny = relu x\noutput y").nodeCount(), 2u);
}

// ... even where a value is called so.
TEST_F(ParserTest, AFunctionBehindTheOperandOfALayerIsItsActivation) {
  Graph graph =
      parse("model m\nrelu = input f32[1, 4, 4]\na = conv2d relu relu 3x3 -> 1\n"
            "b = dense (flatten relu) relu -> 2\nc = concat (flatten a) (flatten relu)\noutput b, c\n");
  EXPECT_EQ(graph.as<Conv2d>(graph.find("a").node)->layer.activation, Unary{UnaryKind::relu});
  EXPECT_EQ(graph.as<Dense>(graph.find("b").node)->activation, Unary{UnaryKind::relu});
}

TEST_F(ParserTest, SpellingsOfOpsAreNamesOfOperands) {
  std::string text = "model m\nx = input f32[4, 8, 8]\n", last = "x";
  std::vector<std::string_view> names(opSpellings().begin(), opSpellings().end());
  std::erase_if(names, isReservedWord); // pad and ceil, attributes of others
  for (const std::string_view spelling : names) {
    text += fmt::format("{} = relu {} : f32[4, 8, 8]\n", spelling, last);
    last = spelling;
  }
  for (const std::string_view spelling : names)
    text += fmt::format("c_{0} = conv2d {0} 1x1 -> 4 : f32[4, 8, 8]\na_{0} = add c_{0} {0} : f32[4, 8, 8]\n"
                        "b_{0} = concat {0} {0} axis 0 : f32[8, 8, 8]\n",
                        spelling);
  text += "output a_relu\n";
  std::optional<Graph> graph = parseModel(text, diagnostics);
  ASSERT_TRUE(graph) << render(diagnostics, "", text);
  EXPECT_EQ(graph->nodeCount(), 1 + 4 * names.size());
  EXPECT_EQ(print(*graph), text.insert(text.find('\n') + 1, "\n"));
}

TEST_F(ParserTest, WarningsDoNotFailAModel) {
  std::string text = "model m\nx = input f32[3]\ny = relu x\ndead = tanh x\noutput y\n";
  EXPECT_TRUE(parseModel(text, diagnostics));
  EXPECT_FALSE(diagnostics.hasErrors());
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].where, (SourceRange{4, 1, 4}));
}

TEST_F(ParserTest, ErrorsOfOthersDoNotFailAModel) {
  diagnostics.error({}, "something else");
  EXPECT_TRUE(parseModel("model m\nx = input f32[3]\ny = relu x\noutput y\n", diagnostics));
}

TEST_F(ParserTest, ReportsEveryIndependentMistakeInOneRun) {
  complaint(
      "model m\nx = input f32[3]\na = rleu x\nb = relu y\nc = conv2d x 3x3 -> 4\nd = relu x )\noutput a\n");
  EXPECT_EQ(diagnostics.errorCount(), 4u);
}

TEST_F(ParserTest, ReportsEveryUnknownOperandOfAnOp) {
  complaint("model m\nx = input f32[3]\na = add (relu foo) bar\noutput a\n");
  EXPECT_EQ(diagnostics.errorCount(), 2u);
}

TEST_F(ParserTest, GivesUpOnABinaryFileSoon) {
  std::mt19937 random(7);
  std::string bytes(1'000'000, ' ');
  for (char &byte : bytes)
    byte = static_cast<char>(random() & 0xff);
  complaint(bytes);
  EXPECT_LE(diagnostics.errorCount(), 400u);
}

TEST_F(ParserTest, DeepNestingIsAMistakeAndNoStackOverflow) {
  std::string text = "model m\nx = input f32[3]\ny = ";
  for (int i = 0; i < 1'000'000; ++i)
    text += "relu (";
  EXPECT_THAT(complaint(text + "relu x"), HasSubstr("nested more than"));
}

TEST_F(ParserTest, ReadsAHundredThousandOps) {
  std::string text = "model m\nv0 = input f32[3]\n";
  for (int i = 1; i <= 100'000; ++i)
    text += fmt::format("v{} = relu v{}\n", i, i - 1);
  Graph graph = parse(text + "output v100000\n");
  EXPECT_EQ(graph.nodeCount(), 100'001u);
}

TEST_F(ParserTest, ReadsAHundredThousandNestedOps) {
  std::string text = "model m\nv0 = input f32[3]\n";
  for (int i = 1; i <= 100'000; ++i)
    text += fmt::format("v{} = relu (tanh v{})\n", i, i - 1);
  Graph graph = parse(text + "output v100000\n");
  EXPECT_EQ(graph.nodeCount(), 200'001u);
}

TEST_F(ParserTest, AHundredThousandMistakesTakeNoForever) {
  std::string text = "model m\nx = input f32[3]\n";
  for (int i = 0; i < 100'000; ++i)
    text += fmt::format("v{} = relu w{}\n", i, i);
  EXPECT_THAT(complaint(text), HasSubstr("more errors not shown"));
  EXPECT_EQ(diagnostics.errorCount(), 100'000u);
}

TEST_F(ParserTest, ALineOfAMegabyteIsShownInPart) {
  std::string text =
      "model m\nx = input f32[3]\ny = concat" + std::string(1 << 20, ' ') + "nowhere\noutput y\n";
  EXPECT_LT(complaint(text).size(), 2000u);
}

} // namespace
} // namespace ninc

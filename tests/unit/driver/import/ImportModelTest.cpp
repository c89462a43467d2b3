// Texts that are made of models: how they read, and that they say the model.
#include "tests/unit/driver/Scene.h" // before what has a namespace `testing` in ninc

#include "driver/ImportModel.h"

#include <cstring>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "frontend/text/Parser.h"
#include "ir/Printer.h"
#include "ir/Weights.h"
#include "ir/ops/Parameters.h"
#include "tests/support/RandomGraph.h"

namespace ninc {
namespace {

class ImportModelTest : public Scene {
protected:
  // As an exporter leaves it: values without names, weights with.
  static WrittenModel foreign(std::string_view text, Origin origin) {
    Diagnostics diagnostics;
    std::optional<Graph> graph = parseModel(text, diagnostics);
    EXPECT_TRUE(graph) << render(diagnostics, "", text);
    EXPECT_TRUE(bindWeights(*graph, {}, diagnostics));
    for (Node node : graph->nodes())
      origin.values.emplace(graph->name(graph->result(node)), graph->name(graph->result(node)));
    return {std::move(*graph), {"model.onnx", {}}, 1, std::move(origin)};
  }

  // Without what is above `model`.
  std::string body(const WrittenModel &model) {
    Result<ImportedText> imported = importedText(model, "m.safetensors", listener());
    EXPECT_TRUE(imported) << imported.error().message;
    return imported->text.substr(imported->text.find("weights"));
  }

  WrittenModel readText(const std::string &name) {
    Result<WrittenModel> model = readModel(path(name), {}, listener());
    EXPECT_TRUE(model) << ::testing::PrintToString(told);
    return std::move(*model);
  }
};

TEST_F(ImportModelTest, LayersAreCalledAfterTheirWeightsAndJoinsAfterWhatTheyJoin) {
  Origin origin;
  origin.numbers = {{"r1", {"net/conv1_w_0", "net/conv1_b_0"}},
                    {"r4", {"net/fire2/squeeze1x1_w_0"}},
                    {"r6", {"net/fire2/expand1x1_w_0"}},
                    {"r8", {"net/fire2/expand3x3_w_0"}},
                    {"r11", {"net/conv10_w_0"}}};
  EXPECT_EQ(body(foreign("model m\nweights random seed 1\ndata = input f32[3, 31, 31]\n"
                         "r1 = conv2d data 3x3 stride 2 -> 8\nr2 = relu r1\nr3 = max_pool r2 3x3 stride 2\n"
                         "r4 = conv2d r3 1x1 -> 4\nr5 = relu r4\n"
                         "r6 = conv2d r5 1x1 -> 8\nr7 = relu r6\n"
                         "r8 = conv2d r5 3x3 pad 1 -> 8\nr9 = relu r8\nr10 = concat r7 r9\n"
                         "r11 = conv2d r10 1x1 -> 10\nr12 = relu r11\nr13 = global_avg_pool r12\n"
                         "prob = softmax r13\noutput prob\n",
                         origin)),
            R"(weights "m.safetensors"

data = input f32[3, 31, 31]

# 15 x 15
conv1 = conv2d data 3x3 stride 2 -> 8 relu

# 7 x 7
pool1 = max_pool conv1 3x3 stride 2
fire2_squeeze1x1 = conv2d pool1 1x1 -> 4 relu
fire2_expand1x1 = conv2d fire2_squeeze1x1 1x1 -> 8 relu
fire2_expand3x3 = conv2d fire2_squeeze1x1 3x3 pad 1 -> 8 relu
fire2_concat = concat fire2_expand1x1 fire2_expand3x3

conv10 = conv2d fire2_concat 1x1 -> 10 relu
prob = softmax (global_avg_pool conv10)

output prob
)");
}

TEST_F(ImportModelTest, StagesAreWrittenAsSuchAndWhatIsFoldedIsSaid) {
  Origin origin;
  origin.numbers = {{"a", {"conv1.weight"}}, {"b", {"bn1.weight"}}, {"d", {"cccp1.weight"}},
                    {"f", {"conv2.weight"}}, {"g", {"bn2.weight"}}, {"i", {"conv3.weight"}}};
  EXPECT_EQ(body(foreign("model m\nweights random seed 1\nx = input f32[3, 8, 8]\n"
                         "a = conv2d x 3x3 pad 1 -> 8\nb = batch_norm a\nc = relu b\n"
                         "d = conv2d c 1x1 -> 8\ne = relu d\n"
                         "f = conv2d e 3x3 pad 1 -> 8\ng = batch_norm f\nh = relu g\n"
                         "i = conv2d h 1x1 -> 8\nj = add i e\ny = relu j\noutput y\n",
                         origin)),
            R"(weights "m.safetensors"

x = input f32[3, 8, 8]

# 8 x 8
stage1 = mlpconv x [conv 3x3 pad 1 -> 8, 8]  # conv1, cccp1; batch_norm bn1 is in its weights
conv2 = conv2d stage1 3x3 pad 1 -> 8 relu  # batch_norm bn2 is in its weights
conv3 = conv2d conv2 1x1 -> 8
y = relu (add conv3 stage1)

output y
)");
}

TEST_F(ImportModelTest, AFewNumbersOfAConstantAreSaid) {
  WrittenModel model = foreign("model m\nweights random seed 1\nx = input f32[3, 2, 2]\n"
                               "m = constant f32[3, 1, 1]\na = sub x m\nf = constant f32[3, 2, 2]\n"
                               "y = max a f\noutput y\n",
                               {});
  const Value mean = model.graph.find("m");
  Op op = model.graph.op(mean.node);
  std::get<Constant>(op).value = std::make_shared<Tensor>(Tensor{{3, 1, 1}, {0.485F, 1e-5F, -2}});
  ASSERT_TRUE(model.graph.replaceOp(mean.node, op));
  const std::string text = body(model);
  EXPECT_NE(text.find("constant f32[3, 1, 1]  # 0.485, 1e-05, -2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("constant f32[3, 2, 2]\n"), std::string::npos) << text;
}

TEST_F(ImportModelTest, TheHeaderSaysWhereItComesFromAndHowManyImagesThereAre) {
  Origin origin;
  origin.description = {"ONNX of opset 9"};
  WrittenModel model = foreign("model m\nx = input f32[3]\ny = relu x\noutput y\n", origin);
  model.batch = 4;
  model.graph.originalNames = {{"x", "data:0"}, {"y", "a \"b\""}};
  EXPECT_EQ(importedText(model, "m.safetensors", listener())->text,
            "# Imported from model.onnx, made by ninc " NINC_VERSION "\n# ONNX of opset 9\n"
            "# A text says nothing of the batch: --batch 4 where it is compiled\n"
            "model m\n\nx = input f32[3] \"data:0\"\ny = relu x\n\noutput y \"a \\\"b\\\"\"\n");
}

TEST_F(ImportModelTest, ATextKeepsItsNamesAndWhatPeopleWroteInIt) {
  write("a.nin",
        "# Mine.\nmodel m # short\nweights random seed 1 # for now\n# the picture\nx = input f32[3, 8, 8]\n"
        "# the only one\nc = conv2d x 3x3 -> 4\n# gone\nd = dropout c # with its reason\ny = relu d # done\n"
        "output y\n# the end\n");
  EXPECT_EQ(importedText(readText("a.nin"), "b.safetensors", listener())->text,
            "# Imported from a.nin, made by ninc " NINC_VERSION R"(
# Mine.
model m  # short
weights "b.safetensors"  # for now

# the picture
x = input f32[3, 8, 8]

# 6 x 6
# the only one
# gone
# d: with its reason
y = conv2d x 3x3 -> 4 relu  # done

output y
# the end
)");
}

TEST_F(ImportModelTest, WeightsAtRandomStaySoWhereNothingIsFoldedIntoThem) {
  const auto weightsLineOf = [&](const std::string &layers) {
    write("a.nin", "model m\nweights random seed 7\nx = input f32[3, 8, 8]\n" + layers + "\noutput y\n");
    const std::string text = importedText(readText("a.nin"), "b.safetensors", listener())->text;
    const std::size_t begin = text.find("weights");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(weightsLineOf("y = conv2d x 3x3 -> 4 relu"), "weights random seed 7");
  EXPECT_EQ(weightsLineOf("c = conv2d x 3x3 -> 4\ny = max_pool c 2x2 stride 2"), "weights random seed 7");
  // The tensors' names, and so their numbers, are others of a stage than of its layers.
  const std::string file = "weights \"b.safetensors\"";
  EXPECT_EQ(weightsLineOf("c = conv2d x 3x3 -> 4 relu\ny = conv2d c 1x1 -> 4 relu"), file);
  EXPECT_EQ(weightsLineOf("c = conv2d x 3x3 -> 4\ny = batch_norm c"), file);
}

// ---- what random models become

// Everything that a value is computed by, numbers included.
class Meaning {
public:
  explicit Meaning(const Graph &graph) : graph_(graph) {}

  std::size_t of(Value value) {
    if (const auto known = known_.find(value); known != known_.end()) return known->second;
    Op op = graph_.op(value.node);
    std::string text = fmt::format("{} {} {}", value.result, printOp(op), toString(graph_.type(value)));
    if (graph_.as<Input>(value.node)) text += graph_.name(value);
    for (const ParameterSlot &slot : parameterSlots(op, graph_.operandTypes(value.node))) {
      const std::vector<float> &data = (*slot.parameter)->data;
      text.append(reinterpret_cast<const char *>(data.data()), data.size() * sizeof(float));
    }
    for (Value operand : graph_.operands(value.node))
      text += fmt::format(" {}", of(operand));
    return known_[value] = std::hash<std::string>()(text);
  }

private:
  const Graph &graph_;
  std::unordered_map<Value, std::size_t> known_;
};

// By outputs' names.
std::map<std::string, std::size_t> meaningsOf(Graph graph) {
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  EXPECT_TRUE(runPipeline(graph, context));
  Meaning meaning(graph);
  std::map<std::string, std::size_t> meanings;
  for (Value output : graph.outputs())
    meanings[graph.name(output)] = meaning.of(output);
  return meanings;
}

class RandomImport : public ImportModelTest, public ::testing::WithParamInterface<bool> {};

TEST_P(RandomImport, TheTextIsCompiledToTheSameAndImportedAsItself) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Origin origin;
    origin.namesStay = GetParam();
    const WrittenModel model{testing::randomGraph(seed), {"random.onnx", {}}, 1, origin};
    Result<ImportedText> imported = importedText(model, "random.safetensors", listener());
    ASSERT_TRUE(imported) << "seed " << seed << ": " << imported.error().message;
    write("random.nin", imported->text);
    ASSERT_TRUE(writeWeights(imported->graph, path("random.safetensors")));
    const WrittenModel again = readText("random.nin");
    ASSERT_EQ(meaningsOf(again.graph.clone()), meaningsOf(model.graph.clone())) << "seed " << seed << "\n"
                                                                                << print(model.graph) << "\n"
                                                                                << imported->text;
    ASSERT_EQ(importedText(again, "random.safetensors", listener())->text, imported->text) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Names, RandomImport, ::testing::Values(true, false),
                         [](const auto &each) { return each.param ? "Stay" : "AreMadeUp"; });

} // namespace
} // namespace ninc

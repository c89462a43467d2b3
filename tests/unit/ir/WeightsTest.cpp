#include "ir/Weights.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/Files.h"
#include "support/Safetensors.h"
#include "support/TemporaryFiles.h"
#include "tests/unit/ir/ops/SmallChains.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

ConvLayer conv(std::int64_t kernel, std::int64_t outChannels) {
  ConvLayer layer;
  layer.outChannels = outChannels;
  layer.window.kernel = {kernel, kernel};
  return layer;
}

// The file with some tensors, whose numbers have 4 bytes each, said to be of another type of 4 bytes.
std::string withTypes(std::string bytes, const std::map<std::string, std::string> &types) {
  for (const auto &[name, type] : types) {
    std::size_t at = bytes.find("\"F32\"", bytes.find("\"" + name + "\":"));
    bytes.replace(at, 5, "\"" + type + "\"");
  }
  return bytes;
}

// stage1 = mlpconv image [conv 3x3 -> 4, 2] at line 3; weights at line 2.
class Weights : public testing::Test {
protected:
  Weights() : folder_(*TemporaryDirectory::create("ninc-test")) {
    Node image = graph.append(Input{{ElementType::f32, {3, 8, 8}, Layout::chw}}, {}, {"image"}).value();
    Value in = graph.result(image);
    stage1 = graph.append(Mlpconv{{conv(3, 4), conv(1, 2)}, NoEpilogue{}}, {&in, 1}, {"stage1"}, {3, 1, 6})
                 .value();
    EXPECT_TRUE(graph.addOutput(graph.result(stage1)));
    graph.weightSource = {WeightSource::Kind::file, "w.safetensors", 0, {2, 9, 15}};
    for (const auto &[name, shape] : std::map<std::string, Shape>{{"stage1.0.weight", {4, 3, 3, 3}},
                                                                  {"stage1.0.bias", {4}},
                                                                  {"stage1.1.weight", {2, 4, 1, 1}},
                                                                  {"stage1.1.bias", {2}}}) {
      file[name] = {shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)))};
      for (std::size_t i = 0; i < file[name].data.size(); ++i)
        file[name].data[i] = static_cast<float>(i) / 4;
    }
  }

  bool bindFromFile() {
    std::map<std::string, ArrayView> views;
    for (const auto &[name, array] : file)
      views[name] = {array.shape, array.data};
    EXPECT_TRUE(writeAtomically(folder_.path() / "w.safetensors", *formatSafetensors(views)));
    return bindWeights(graph, folder_.path(), diagnostics);
  }

  // The same, with the header claiming other types of 4 bytes for some of the tensors.
  bool bindTyped(const std::map<std::string, std::string> &types) {
    std::map<std::string, ArrayView> views;
    for (const auto &[name, array] : file)
      views[name] = {array.shape, array.data};
    EXPECT_TRUE(
        writeAtomically(folder_.path() / "w.safetensors", withTypes(*formatSafetensors(views), types)));
    return bindWeights(graph, folder_.path(), diagnostics);
  }

  bool bindAtRandom(Graph &model, std::uint64_t seed) {
    model.weightSource = {WeightSource::Kind::random, "", seed, {2, 1, 7}};
    return bindWeights(model, folder_.path(), diagnostics);
  }

  const Mlpconv &stage() const { return *graph.as<Mlpconv>(stage1); }
  std::string onlyError() const {
    EXPECT_EQ(diagnostics.all().size(), 1u) << render(diagnostics, "m.nin", "");
    return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
  }

  TemporaryDirectory folder_;
  Graph graph;
  Node stage1;
  std::map<std::string, Array> file;
  Diagnostics diagnostics;
};

TEST_F(Weights, OfAFileArePutWhereTheirNamesSay) {
  ASSERT_TRUE(bindFromFile());
  EXPECT_EQ(stage().layers[0].weight->shape, (Shape{4, 3, 3, 3}));
  EXPECT_EQ(stage().layers[0].weight->data, file["stage1.0.weight"].data);
  EXPECT_EQ(stage().layers[0].bias->data, file["stage1.0.bias"].data);
  EXPECT_EQ(stage().layers[1].weight->data, file["stage1.1.weight"].data);
  EXPECT_EQ(stage().layers[1].bias->data, file["stage1.1.bias"].data);
  EXPECT_THAT(diagnostics.all(), IsEmpty());
}

TEST_F(Weights, OfAConstantHaveTheValuesOwnName) {
  Node scale = graph.append(Constant{{2, 1, 1}, {}}, {}, {"scale"}).value();
  file["scale"] = {{2, 1, 1}, {5, 6}};
  ASSERT_TRUE(bindFromFile());
  EXPECT_EQ(graph.as<Constant>(scale)->value->data, (std::vector<float>{5, 6}));
}

TEST_F(Weights, AWrongShapeNamesBothSides) {
  file["stage1.0.weight"] = {{4, 3, 1, 1}, std::vector<float>(12)};
  EXPECT_FALSE(bindFromFile());
  EXPECT_EQ(onlyError(),
            "the model needs stage1.0.weight [4, 3, 3, 3], but w.safetensors has it as [4, 3, 1, 1]");
  EXPECT_EQ(diagnostics.all()[0].where.line, 3);
}

TEST_F(Weights, AMissingTensorIsReportedAtItsLayer) {
  file.erase("stage1.1.bias");
  EXPECT_FALSE(bindFromFile());
  EXPECT_EQ(onlyError(), "the model needs stage1.1.bias [2], but w.safetensors has no such tensor");
  EXPECT_EQ(diagnostics.all()[0].where.line, 3);
}

TEST_F(Weights, ASurplusTensorIsReportedAtTheWeightsLine) {
  file["stage9.weight"] = {{1}, {0}};
  EXPECT_FALSE(bindFromFile());
  EXPECT_EQ(onlyError(), "w.safetensors has a tensor 'stage9.weight' that no layer uses");
  EXPECT_EQ(diagnostics.all()[0].where.line, 2);
  EXPECT_EQ(diagnostics.all()[0].help, "");
}

TEST_F(Weights, AMistypedNameIsRecognisedFromBothSides) {
  file["stage1.1.biass"] = file["stage1.1.bias"];
  file.erase("stage1.1.bias");
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_EQ(diagnostics.all()[0].help, "it has 'stage1.1.biass', which no layer uses");
  EXPECT_EQ(diagnostics.all()[1].help, "did you mean 'stage1.1.bias'?");
}

TEST_F(Weights, ManyComplaintsOfAKindAreCounted) {
  for (int i = 10; i < 30; ++i)
    file["unused" + std::to_string(i)] = {{1}, {0}};
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 9u);
  EXPECT_EQ(diagnostics.all().back().message, "12 more tensors in w.safetensors are used by no layer");
}

TEST_F(Weights, ANumberThatIsNotFiniteIsNamedWithItsPlace) {
  file["stage1.0.weight"].data[1 * 27 + 2 * 9 + 0 * 3 + 1] = INFINITY;
  file["stage1.1.bias"].data[1] = NAN;
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_EQ(diagnostics.all()[0].message,
            "stage1.0.weight in w.safetensors has inf at [1, 2, 0, 1]; parameters must be finite");
  EXPECT_THAT(diagnostics.all()[1].message, HasSubstr("nan at [1]"));
}

TEST_F(Weights, OfAChainsStepsAreNamedByTheStep) {
  const Value maps = graph.result(stage1);
  const PointwiseChain chain{{step(Prelu{}, {operand(0)}), step(BatchNorm{}, {earlier(0)})}};
  ASSERT_TRUE(graph.append(Pointwise{chain}, {&maps, 1}, {"chain"}, {4, 1, 4}));
  for (const char *parameter : {"step0.slope", "step1.scale", "step1.bias", "step1.mean", "step1.variance"})
    file[std::string("chain.") + parameter] = {{2}, {1, 1}};
  file["chain.step1.variance"].data = {-1, 1};
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].message,
            "chain.step1.variance is -1 in channel 0; with epsilon 1e-05 that leaves no root to divide by");
  file["chain.step1.variance"].data = {1, 1};
  diagnostics = {};
  EXPECT_TRUE(bindFromFile());
}

TEST_F(Weights, AVarianceWithoutARootIsNamedWithItsChannel) {
  Value maps = graph.result(stage1);
  for (const char *name : {"norm", "other"}) {
    ASSERT_TRUE(graph.append(BatchNorm{}, {&maps, 1}, {name}, {4, 1, 4}));
    for (const char *parameter : {"scale", "bias", "mean", "variance"})
      file[std::string(name) + "." + parameter] = {{2}, {1, 1}};
  }
  file["norm.variance"].data = {1, -1};
  file["other.variance"].data = {-3, -1e-5f};
  file.erase("stage1.1.bias"); // told in the same run
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 3u);
  EXPECT_EQ(diagnostics.all()[1].message,
            "norm.variance is -1 in channel 1; with epsilon 1e-05 that leaves no root to divide by");
  EXPECT_EQ(diagnostics.all()[1].where.line, 4);
  EXPECT_EQ(diagnostics.all()[2].message, "other.variance is -3 in channel 0 and as wrong in 1 more; with "
                                          "epsilon 1e-05 that leaves no root to divide by");
  // What rounding leaves of a variance of 0 is none.
  file["norm.variance"].data = {1, -1e-6f};
  file["other.variance"].data = {0, 0};
  file["stage1.1.bias"] = {{2}, {0, 0}};
  diagnostics = {};
  EXPECT_TRUE(bindFromFile());
}

TEST_F(Weights, ASurplusTensorMayBeOfAnyType) {
  for (const char *name : {"ema.step", "norm.num_batches_tracked"})
    file[name] = {{1}, {0}};
  EXPECT_FALSE(bindTyped({{"ema.step", "I32"}, {"norm.num_batches_tracked", "U32"}}));
  ASSERT_EQ(diagnostics.errorCount(), 1u);
  EXPECT_EQ(diagnostics.all()[0].message, "w.safetensors has a tensor 'ema.step' that no layer uses");
}

TEST_F(Weights, WhatPyTorchCountsIsARemark) {
  for (const char *name : {"a.num_batches_tracked", "b.num_batches_tracked", "num_batches_tracked"})
    file[name] = {{}, {0}};
  EXPECT_TRUE(bindTyped({{"a.num_batches_tracked", "I32"}}));
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].severity, Severity::remark);
  EXPECT_EQ(diagnostics.all()[0].message,
            "w.safetensors has 'a.num_batches_tracked' and 2 more: what training counts, and no layer uses");
}

TEST_F(Weights, ATensorOfATypeThatIsNotReadIsNamedWithIt) {
  EXPECT_FALSE(bindTyped({{"stage1.0.bias", "I32"}}));
  EXPECT_EQ(onlyError(),
            "the model needs stage1.0.bias [4], but w.safetensors has it as I32; F32, F64, F16 and "
            "BF16 can be read");
  EXPECT_THAT(diagnostics.all()[0].help, HasSubstr(".float()"));
  EXPECT_EQ(diagnostics.all()[0].where.line, 3);
}

TEST_F(Weights, AllMistakesAreReportedAtOnce) {
  file["stage1.0.weight"] = {{4, 3, 1, 1}, std::vector<float>(12)};
  file.erase("stage1.1.weight");
  file["stage1.1.bias"].data[0] = NAN;
  file["extra"] = {{1}, {0}};
  EXPECT_FALSE(bindTyped({{"stage1.0.bias", "U32"}, {"extra", "I32"}}));
  std::string all = render(diagnostics, "m.nin", "");
  EXPECT_EQ(diagnostics.errorCount(), 5u) << all;
  for (const char *said : {"has it as [4, 3, 1, 1]", "has it as U32", "has no such tensor", "has nan at [0]",
                           "a tensor 'extra' that no layer uses"})
    EXPECT_THAT(all, HasSubstr(said));
}

TEST_F(Weights, ATypeAndAShapeThatAreBothWrongAreTwoMistakes) {
  file["stage1.0.bias"] = {{4, 1}, std::vector<float>(4)};
  EXPECT_FALSE(bindTyped({{"stage1.0.bias", "I32"}}));
  EXPECT_EQ(diagnostics.errorCount(), 2u);
}

TEST_F(Weights, APrefixOfAllNamesIsOneMistakeAndTheRestIsStillChecked) {
  std::map<std::string, Array> renamed;
  for (auto &[name, array] : file)
    renamed["module." + name] = array;
  file = renamed;
  EXPECT_FALSE(bindFromFile());
  EXPECT_EQ(onlyError(), "the names in w.safetensors begin with 'module.', those that the model needs don't");
  EXPECT_THAT(diagnostics.all()[0].help, HasSubstr("removeprefix('module.')"));

  diagnostics = {};
  file["module.stage1.1.bias"] = {{3}, std::vector<float>(3)};
  file["module.stage1.0.biass"] = file["module.stage1.0.bias"];
  file.erase("module.stage1.0.bias");
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.errorCount(), 4u) << render(diagnostics, "m.nin", "");
  EXPECT_EQ(diagnostics.all()[1].help, "it has 'module.stage1.0.biass', which no layer uses");
  EXPECT_THAT(diagnostics.all()[2].message, HasSubstr("stage1.1.bias [2], but w.safetensors has it as [3]"));
  EXPECT_EQ(diagnostics.all()[3].help, "did you mean 'stage1.0.bias'?");
}

TEST_F(Weights, NamesOfPyTorchsBatchNormAreRecognised) {
  Value maps = graph.result(stage1);
  ASSERT_TRUE(graph.append(BatchNorm{}, {&maps, 1}, {"norm"}, {4, 1, 4}));
  for (const char *name : {"norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"})
    file[name] = {{2}, {1, 1}};
  EXPECT_FALSE(bindFromFile());
  std::vector<std::string> helps;
  for (const Diagnostic &diagnostic : diagnostics.all())
    helps.push_back(diagnostic.help);
  EXPECT_THAT(helps,
              testing::ElementsAre("it has 'norm.weight', another tool's name for it: rename it",
                                   "it has 'norm.running_mean', another tool's name for it: rename it",
                                   "it has 'norm.running_var', another tool's name for it: rename it",
                                   "the model calls it 'norm.mean'", "the model calls it 'norm.variance'",
                                   "the model calls it 'norm.scale'"));
}

TEST_F(Weights, AShapeInAnotherOrderComesWithTheRemedy) {
  file["stage1.0.weight"] = {{3, 3, 3, 4}, std::vector<float>(108)};
  file["stage1.1.bias"] = {{2, 1, 1}, std::vector<float>(2)};
  EXPECT_FALSE(bindFromFile());
  ASSERT_EQ(diagnostics.all().size(), 2u);
  EXPECT_THAT(diagnostics.all()[0].help, HasSubstr(".permute(3, 2, 0, 1)"));
  EXPECT_THAT(diagnostics.all()[1].help, HasSubstr(".reshape(2)"));
}

TEST_F(Weights, AFileThatCannotBeReadIsReportedAtTheWeightsLine) {
  EXPECT_FALSE(bindWeights(graph, folder_.path(), diagnostics));
  EXPECT_THAT(onlyError(), HasSubstr("w.safetensors': No such file or directory"));
  EXPECT_EQ(diagnostics.all()[0].where.line, 2);
  diagnostics = {};
  ASSERT_TRUE(writeAtomically(folder_.path() / "w.safetensors", "not tensors at all"));
  EXPECT_FALSE(bindWeights(graph, folder_.path(), diagnostics));
  EXPECT_THAT(onlyError(), HasSubstr("no safetensors file"));
}

TEST_F(Weights, AFailureLeavesTheGraphAsItWas) {
  file.erase("stage1.1.bias");
  EXPECT_FALSE(bindFromFile());
  EXPECT_EQ(stage().layers[0].weight, nullptr);
}

TEST_F(Weights, AModelWithoutAWeightsLineGetsOneErrorThatSaysWhatToAdd) {
  graph.weightSource = {};
  EXPECT_FALSE(bindWeights(graph, folder_.path(), diagnostics));
  EXPECT_EQ(onlyError(),
            "the model needs stage1.0.weight and 3 more tensors, but doesn't say where its weights are");
  EXPECT_THAT(diagnostics.all()[0].help, HasSubstr("weights random seed 1"));
}

TEST_F(Weights, AModelWithoutParametersNeedsNoWeights) {
  Graph plain;
  ASSERT_TRUE(plain.append(Input{{ElementType::f32, {3}, Layout::chw}}, {}));
  EXPECT_TRUE(bindWeights(plain, folder_.path(), diagnostics));
}

TEST_F(Weights, BoundParametersAreKept) {
  Mlpconv op = stage();
  op.layers[1].bias = std::make_shared<const Tensor>(Tensor{{2}, {8, 9}});
  ASSERT_TRUE(graph.replaceOp(stage1, op));
  ASSERT_TRUE(bindAtRandom(graph, 7));
  EXPECT_EQ(stage().layers[1].bias, op.layers[1].bias);
  EXPECT_NE(stage().layers[1].weight, nullptr);
}

TEST_F(Weights, AtRandomAreTheSameForTheSameSeedAndNameWhateverTheRestOfTheModel) {
  Graph other;
  Value image = other.result(other.append(Input{{ElementType::f32, {3, 8, 8}, Layout::chw}}, {}).value());
  Value first = other.result(other.append(Conv2d{conv(3, 3)}, {&image, 1}, {"first"}).value());
  Node stage1There = other.append(Mlpconv{{conv(3, 4)}, NoEpilogue{}}, {&first, 1}, {"stage1"}).value();
  ASSERT_TRUE(bindAtRandom(graph, 7));
  ASSERT_TRUE(bindAtRandom(other, 7));
  EXPECT_EQ(*stage().layers[0].weight, *other.as<Mlpconv>(stage1There)->layers[0].weight);
  EXPECT_NE(stage().layers[0].weight->data[0], other.as<Conv2d>(first.node)->layer.weight->data[0]);
}

TEST_F(Weights, AtRandomDifferForAnotherSeed) {
  Graph other = graph.clone();
  ASSERT_TRUE(bindAtRandom(graph, 7));
  ASSERT_TRUE(bindAtRandom(other, 8));
  EXPECT_NE(*stage().layers[0].weight, *other.as<Mlpconv>(other.find("stage1").node)->layers[0].weight);
}

TEST_F(Weights, AtRandomAreToldFromOthers) {
  EXPECT_FALSE(areRandom(graph, 1)) << "nothing is bound";
  graph.weightSource = {WeightSource::Kind::random, "", 1, {}};
  ASSERT_TRUE(bindWeights(graph, {}, diagnostics));
  EXPECT_TRUE(areRandom(graph, 1));
  EXPECT_FALSE(areRandom(graph, 2));
  auto changed = std::get<Mlpconv>(graph.op(stage1));
  Tensor bias = *changed.layers[1].bias;
  bias.data[1] = std::nextafter(bias.data[1], 1.0f);
  changed.layers[1].bias = std::make_shared<const Tensor>(std::move(bias));
  ASSERT_TRUE(graph.replaceOp(stage1, std::move(changed)));
  EXPECT_FALSE(areRandom(graph, 1));
}

TEST_F(Weights, AtRandomHaveTheVarianceOfHe) {
  Graph model;
  Value image = model.result(model.append(Input{{ElementType::f32, {64, 8, 8}, Layout::chw}}, {}).value());
  Value maps = model.result(model.append(Conv2d{conv(5, 50)}, {&image, 1}).value());
  Node norm = model.append(BatchNorm{}, {&maps, 1}).value();
  ASSERT_TRUE(bindAtRandom(model, 1));
  const ConvLayer &layer = model.as<Conv2d>(maps.node)->layer;
  double squares = 0;
  for (float number : layer.weight->data)
    squares += static_cast<double>(number) * number;
  EXPECT_NEAR(squares / static_cast<double>(layer.weight->data.size()) * (64 * 5 * 5) / 2, 1, 0.02);
  for (float number : layer.bias->data)
    EXPECT_LE(std::fabs(number), 0.1f);
  for (const Parameter &positive : {model.as<BatchNorm>(norm)->scale, model.as<BatchNorm>(norm)->variance})
    for (float number : positive->data) {
      EXPECT_GE(number, 0.5f);
      EXPECT_LE(number, 1.5f);
    }
  for (float number : model.as<BatchNorm>(norm)->mean->data)
    EXPECT_LE(std::fabs(number), 0.1f);
}

TEST_F(Weights, TooManyParametersAreAnErrorAndNoAttempt) {
  Graph model;
  Value vector = model.result(model.append(Input{{ElementType::f32, {20000}, Layout::chw}}, {}).value());
  for (int i = 0; i < 4; ++i)
    vector = model.result(model.append(Dense{20000, true, {}, {}, {}}, {&vector, 1}).value());
  EXPECT_FALSE(bindAtRandom(model, 1));
  EXPECT_THAT(onlyError(), HasSubstr("the model's parameters take 6400320000 bytes"));
}

TEST_F(Weights, WhatIsWrittenIsBoundAgain) {
  ASSERT_TRUE(bindAtRandom(graph, 7));
  std::filesystem::path path = folder_.path() / "out.safetensors";
  ASSERT_TRUE(writeWeights(graph, path));
  Graph other = graph.clone();
  Node node = other.find("stage1").node;
  ASSERT_TRUE(other.replaceOp(node, Mlpconv{{conv(3, 4), conv(1, 2)}, NoEpilogue{}}));
  other.weightSource = {WeightSource::Kind::file, path, 0, {}};
  ASSERT_TRUE(bindWeights(other, "/nowhere", diagnostics)); // an absolute path needs no folder
  EXPECT_EQ(*other.as<Mlpconv>(node)->layers[0].weight, *stage().layers[0].weight);
  EXPECT_EQ(*other.as<Mlpconv>(node)->layers[1].bias, *stage().layers[1].bias);
}

TEST_F(Weights, ThatAreNotBoundCannotBeWritten) {
  Result<void> done = writeWeights(graph, folder_.path() / "out.safetensors");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("stage1.0.weight"));
}

} // namespace
} // namespace ninc

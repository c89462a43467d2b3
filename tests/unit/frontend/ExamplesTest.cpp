// The examples that ship with ninc say what the paper's networks are: parameters, multiply-accumulates and
// the maps' extents are those of the authors' definitions.
#include <gtest/gtest.h>

#include "frontend/LoadModel.h"
#include "ir/ops/OpCost.h"
#include "ir/ops/Parameters.h"

namespace ninc {
namespace {

struct PublishedNetwork {
  const char *name;
  Shape input;
  std::vector<std::int64_t> extents; // of each mlpconv's and pool's square maps, in order
  std::int64_t parameters;
  double megaMultiplies; // to the printed digit
  std::int64_t categories;
};

void PrintTo(const PublishedNetwork &network, std::ostream *stream) {
  *stream << network.name;
}

struct Examples : testing::TestWithParam<PublishedNetwork> {
  ModelSource source;
  Diagnostics diagnostics;

  std::optional<Graph> load() {
    std::string file = std::string(NINC_SOURCE_DIR "/examples/") + GetParam().name + ".nin";
    std::optional<ImportedModel> model =
        loadModel(file, {.weights = WeightLoading::skip}, source, diagnostics);
    EXPECT_EQ(render(diagnostics, source.file, source.text), "");
    if (!model) return std::nullopt;
    return std::move(model->graph);
  }
};

TEST_P(Examples, HasThePublishedSize) {
  std::optional<Graph> graph = load();
  ASSERT_TRUE(graph);
  std::int64_t parameters = 0, multiplies = 0;
  for (Node node : graph->nodes()) {
    parameters += parameterCount(graph->op(node), graph->operandTypes(node));
    multiplies += multiplyAccumulates(graph->op(node), graph->operandTypes(node));
  }
  EXPECT_EQ(parameters, GetParam().parameters);
  EXPECT_NEAR(static_cast<double>(multiplies) / 1e6, GetParam().megaMultiplies,
              GetParam().megaMultiplies < 1000 ? 0.05 : 0.5);
}

TEST_P(Examples, HasThePublishedShapes) {
  std::optional<Graph> graph = load();
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->name(), GetParam().name);
  ASSERT_EQ(graph->inputs().size(), 1u);
  EXPECT_EQ(graph->type(graph->result(graph->inputs()[0])).shape, GetParam().input);
  std::vector<std::int64_t> extents;
  for (Node node : graph->nodes())
    if (graph->as<Mlpconv>(node) || graph->as<MaxPool>(node)) {
      const Shape &shape = graph->type(graph->result(node)).shape;
      EXPECT_EQ(shape[1], shape[2]);
      extents.push_back(shape[1]);
    }
  EXPECT_EQ(extents, GetParam().extents);
  ASSERT_EQ(graph->outputs().size(), 1u);
  EXPECT_EQ(graph->type(graph->outputs()[0]).shape, (Shape{GetParam().categories}));
}

TEST_P(Examples, HasReluBehindEveryConvolution) {
  std::optional<Graph> graph = load();
  ASSERT_TRUE(graph);
  for (Node node : graph->nodes())
    if (const auto *mlpconv = graph->as<Mlpconv>(node))
      for (const ConvLayer &layer : mlpconv->layers) {
        EXPECT_EQ(layer.activation, Unary{UnaryKind::relu});
        EXPECT_TRUE(layer.hasBias);
      }
}

TEST_P(Examples, CanBeGivenItsRandomWeights) {
  std::string file = std::string(NINC_SOURCE_DIR "/examples/") + GetParam().name + ".nin";
  EXPECT_TRUE(loadModel(file, {}, source, diagnostics));
}

INSTANTIATE_TEST_SUITE_P(
    Paper, Examples,
    testing::Values(PublishedNetwork{"nin_cifar10", {3, 32, 32}, {32, 16, 16, 8, 8}, 966'986, 222.5, 10},
                    PublishedNetwork{"nin_cifar100", {3, 32, 32}, {32, 16, 16, 8, 8}, 984'356, 223.6, 100},
                    PublishedNetwork{"nin_mnist", {1, 28, 28}, {28, 14, 14, 7, 7}, 349'674, 50.7, 10},
                    PublishedNetwork{"nin_svhn", {3, 32, 32}, {32, 16, 16, 8, 8}, 1'986'026, 274.2, 10},
                    PublishedNetwork{
                        "nin_imagenet", {3, 224, 224}, {54, 27, 27, 13, 13, 6, 6}, 7'595'176, 1100, 1000}),
    [](const auto &test) { return test.param.name; });

} // namespace
} // namespace ninc

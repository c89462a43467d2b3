// What the compiler is for: nine convolutions, nine activations, pooling, dropout, averaging and softmax
// become three mlpconv kernels and two pools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "passes/Passes.h"
#include "tests/unit/passes/Networks.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> opsOf(const Graph &graph) {
  std::vector<std::string> ops;
  for (Node node : graph.topologicalOrder())
    ops.emplace_back(spellingOf(graph.op(node)));
  return ops;
}

const Mlpconv &mlpconv(const Graph &graph, std::string_view name) {
  return *graph.as<Mlpconv>(graph.find(name).node);
}

std::vector<std::int64_t> channels(const Mlpconv &op) {
  std::vector<std::int64_t> found;
  for (const ConvLayer &layer : op.layers)
    found.push_back(layer.outChannels);
  return found;
}

std::vector<std::string> optimize(Graph &graph) {
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  Result<void> done = runPipeline(graph, context);
  EXPECT_TRUE(done) << done.error().message;
  std::vector<std::string> remarks;
  for (const Diagnostic &remark : diagnostics.all())
    remarks.push_back(remark.pass + ": " + remark.message);
  return remarks;
}

TEST(NinCifar10, BecomesThreeMlpconvsAndTwoPools) {
  Graph graph = networks::ninCifar10();
  optimize(graph);
  EXPECT_THAT(opsOf(graph), ElementsAre("input", "mlpconv", "max_pool", "mlpconv", "max_pool", "mlpconv"));
  EXPECT_THAT(channels(mlpconv(graph, "stage1")), ElementsAre(192, 160, 96));
  EXPECT_THAT(channels(mlpconv(graph, "stage2")), ElementsAre(192, 192, 192));
  EXPECT_THAT(channels(mlpconv(graph, "prob")), ElementsAre(192, 192, 10));
}

TEST(NinCifar10, EveryLayerKeepsItsRelu) {
  Graph graph = networks::ninCifar10();
  optimize(graph);
  for (const char *name : {"stage1", "stage2", "prob"})
    for (const ConvLayer &layer : mlpconv(graph, name).layers)
      EXPECT_EQ(layer.activation, Unary{UnaryKind::relu}) << name;
}

TEST(NinCifar10, AveragesAndNormalisesInsideTheLastKernel) {
  Graph graph = networks::ninCifar10();
  optimize(graph);
  EXPECT_EQ(std::get<GapEpilogue>(mlpconv(graph, "prob").epilogue), (GapEpilogue{true, false}));
  EXPECT_FALSE(graph.find("maps")) << "the confidence maps needn't exist";
}

TEST(NinCifar10, StoresTheConfidenceMapsIfTheyAreAskedFor) {
  Graph graph = networks::ninCifar10();
  ASSERT_TRUE(graph.addOutput(graph.find("maps")));
  optimize(graph);
  Node last = graph.find("prob").node;
  EXPECT_EQ(std::get<GapEpilogue>(mlpconv(graph, "prob").epilogue), (GapEpilogue{true, true}));
  EXPECT_THAT(graph.outputs(), ElementsAre(graph.result(last, 0), graph.result(last, 1)));
  EXPECT_EQ(graph.find("maps"), graph.result(last, 1));
  EXPECT_EQ(graph.type(graph.find("maps")), (TensorType{ElementType::f32, {10, 8, 8}, Layout::chw}));
}

TEST(NinCifar10, MapsBetweenKernelsHaveChannelsInnermost) {
  Graph graph = networks::ninCifar10();
  optimize(graph);
  EXPECT_EQ(graph.type(graph.find("image")).layout, Layout::chw);
  for (const char *name : {"stage1", "pool1", "stage2", "pool2"})
    EXPECT_EQ(graph.type(graph.find(name)).layout, Layout::hwc) << name;
}

TEST(NinCifar10, TheRemarkOnItsPoolsSaysWhatAbsorbingThemWouldCost) {
  Graph graph = networks::ninCifar10();
  EXPECT_THAT(
      optimize(graph),
      ::testing::Contains("absorb-pool: 'pool1' isn't absorbed by 'stage1': windows overlap: 3x3 stride 2 "
                          "would compute the maps 2.25 times"));
}

} // namespace
} // namespace ninc

// However large an op, its kernels are small, and their number grows as it does: what a model costs to
// compile is in proportion to the model. (A kernel's cost grows faster than its operands and layers;
// docs/performance.md has times.)
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "frontend/text/Parser.h"
#include "ir/Weights.h"
#include "ir/interpreter/Interpreter.h"
#include "passes/Passes.h"
#include "tests/support/RandomGraph.h"

namespace ninc {
namespace {

constexpr std::size_t mostOperands = 32, mostLayers = 8;

Graph modelOf(const std::string &text) {
  Diagnostics diagnostics;
  auto graph = parseModel(text, diagnostics);
  EXPECT_TRUE(graph) << text;
  EXPECT_TRUE(bindWeights(*graph, "", diagnostics)) << text;
  return std::move(*graph);
}

Graph optimised(const Graph &model) {
  Graph graph = model.clone();
  Diagnostics diagnostics;
  PassContext context{diagnostics};
  const auto done = runPipeline(graph, context);
  EXPECT_TRUE(done) << done.error().message;
  return graph;
}

// Operands of different extents, of which none is another's copy.
std::string concatOf(std::size_t operands, const std::string &axis = "") {
  std::string text = "model m\n", list;
  for (std::size_t i = 0; i < operands; ++i) {
    text += fmt::format("x{} = input f32[{}, 2, 2]\n", i, axis.empty() ? 1 + i % 3 : 3);
    list += fmt::format(" x{}", i);
  }
  return text + "y = concat" + list + axis + "\noutput y\n";
}

std::string mlpconvOf(std::size_t layers, const std::string &epilogue = "") {
  std::string list;
  for (std::size_t i = 0; i < layers; ++i)
    list += fmt::format("{}{}", i == 0 ? "" : ", ", 2 + i % 5);
  return fmt::format("model m\nweights random seed 3\nx = input f32[2, 6, 6]\n"
                     "y = mlpconv x [conv 3x3 -> {}]{}\noutput y\n",
                     list, epilogue);
}

std::string chainOf(std::size_t layers) {
  std::string text = "model m\nweights random seed 3\nx0 = input f32[2, 6, 6]\n";
  for (std::size_t i = 0; i < layers; ++i)
    text += fmt::format("x{} = conv2d x{} 1x1 -> {} relu\n", i + 1, i, 2 + i % 5);
  return text + fmt::format("output x{}\n", layers);
}

struct Sizes {
  std::size_t kernels = 0, largest = 0; // operands of a concat or layers of an mlpconv
  std::int64_t copied = 0;              // elements that concats write
};

Sizes sizesOf(const Graph &graph) {
  Sizes sizes;
  for (Node node : graph.nodes()) {
    std::size_t size = 0;
    if (graph.as<Concat>(node)) {
      size = graph.operandCount(node);
      sizes.copied += elementCount(graph.type(graph.result(node)).shape);
    }
    if (const auto *mlpconv = graph.as<Mlpconv>(node)) size = mlpconv->layers.size();
    if (size == 0) continue;
    ++sizes.kernels;
    sizes.largest = std::max(sizes.largest, size);
  }
  return sizes;
}

void expectSameNumbers(const Graph &before, const Graph &after) {
  const std::map<std::string, Tensor> inputs = testing::randomInputs(before, 1);
  const auto expected = evaluateOutputs(before, inputs), actual = evaluateOutputs(after, inputs);
  ASSERT_TRUE(expected && actual);
  ASSERT_EQ(expected->size(), actual->size());
  for (std::size_t i = 0; i < expected->size(); ++i) {
    EXPECT_EQ((*expected)[i].shape, (*actual)[i].shape);
    EXPECT_THAT((*actual)[i].data, ::testing::Pointwise(::testing::FloatNear(1e-4F), (*expected)[i].data));
  }
}

TEST(KernelSizes, AConcatBecomesAsFewKernelsAsWillDo) {
  for (const auto &[operands, kernels] : {std::pair{2, 1},
                                          {31, 1},
                                          {32, 1},
                                          {33, 2},
                                          {63, 2},
                                          {64, 3},
                                          {94, 3},
                                          {400, 13},
                                          {1024, 33},
                                          {1025, 34}}) {
    const Sizes sizes = sizesOf(optimised(modelOf(concatOf(static_cast<std::size_t>(operands)))));
    EXPECT_EQ(sizes.kernels, static_cast<std::size_t>(kernels)) << operands;
    EXPECT_LE(sizes.largest, mostOperands) << operands;
  }
}

TEST(KernelSizes, AConcatOfFewTooManyCopiesFewTwice) {
  const Graph graph = optimised(modelOf(concatOf(33)));
  const std::int64_t once = elementCount(graph.type(graph.find("y")).shape);
  EXPECT_EQ(sizesOf(graph).copied, once + (1 + 2) * 4); // the first two of 1 and 2 channels, 2 x 2
}

TEST(KernelSizes, AConcatOfThousandsCopiesTwoOrThreeTimes) {
  for (const std::size_t operands : {400, 1000, 3000}) {
    const Graph graph = optimised(modelOf(concatOf(operands)));
    const std::int64_t once = elementCount(graph.type(graph.find("y")).shape);
    EXPECT_LE(sizesOf(graph).copied, (operands <= 32 * 32 ? 2 : 3) * once) << operands;
    EXPECT_LE(sizesOf(graph).largest, mostOperands) << operands;
  }
}

TEST(KernelSizes, PartsKeepTheOrder) {
  for (const std::string axis : {"", " axis 1", " axis 2"})
    for (const std::size_t operands : {33, 40, 100, 1100}) {
      const Graph model = modelOf(concatOf(operands, axis));
      expectSameNumbers(model, optimised(model));
    }
}

TEST(KernelSizes, AnMlpconvBecomesKernelsOfEightLayers) {
  for (const std::size_t layers : {1, 7, 8, 9, 16, 17, 80, 300}) {
    for (const Graph &model : {modelOf(mlpconvOf(layers)), modelOf(chainOf(layers))}) {
      const Sizes sizes = sizesOf(optimised(model));
      EXPECT_EQ(sizes.kernels, (layers + mostLayers - 1) / mostLayers) << layers;
      EXPECT_LE(sizes.largest, mostLayers) << layers;
    }
  }
}

TEST(KernelSizes, PartsOfAnMlpconvComputeTheSame) {
  for (const std::size_t layers : {9, 17, 30})
    for (const std::string epilogue :
         {"", " global_avg_pool", " global_avg_pool softmax", " max_pool 2x2 stride 2"}) {
      const Graph model = modelOf(mlpconvOf(layers, epilogue));
      expectSameNumbers(model, optimised(model));
    }
}

TEST(KernelSizes, WhatFollowsADeepChainIsMergedIntoItsEnd) {
  const Graph graph = optimised(modelOf("model m\nweights random seed 3\nx = input f32[2, 6, 6]\n"
                                        "y = mlpconv x [conv 3x3 -> 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\n"
                                        "prob = softmax (global_avg_pool y)\noutput prob\n"));
  const auto *last = graph.as<Mlpconv>(graph.find("prob").node);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->layers.size(), 2U);
  EXPECT_EQ(sizesOf(graph).kernels, 2U);
}

} // namespace
} // namespace ninc

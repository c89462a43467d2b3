// Kernels named by an optimised graph, and the values that they compute in the model as it was written.
#include "execution/verify/WinogradValues.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/text/Parser.h"

namespace ninc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Kernels = std::map<std::string, std::string>;
using Tiles = std::map<std::string, WinogradTile>;

Tiles winogradOf(const char *text, const Kernels &kernels, const Tiles &byKernel) {
  Diagnostics diagnostics;
  std::optional<Graph> model = parseModel(text, diagnostics);
  EXPECT_TRUE(model.has_value());
  return model ? winogradByValue(*model, kernels, byKernel) : Tiles{};
}

const WinogradTile two{2, 2}, four{4, 4};

// Two stages written out: one kernel each, but for the first pool.
const char *const stages = R"(model stages
image = input f32[3, 16, 16]
conv1 = conv2d image 5x5 pad 2 -> 16
norm1 = batch_norm conv1
relu1 = relu norm1
cccp1 = conv2d relu1 1x1 -> 8 relu
pool1 = max_pool cccp1 3x3 stride 2
conv2 = conv2d pool1 3x3 pad 1 -> 16 relu
cccp2 = conv2d conv2 1x1 -> 10 relu
mean = global_avg_pool cccp2
prob = softmax mean
output prob
)";
const Kernels stageKernels{{"cccp1", "cccp1"}, {"pool1", "pool1"}, {"prob", "prob"}};

TEST(WinogradValues, AreTheFirstConvolutionsOfTheirKernels) {
  EXPECT_THAT(winogradOf(stages, stageKernels, {{"cccp1", two}, {"prob", four}}),
              ElementsAre(Pair("conv1", two), Pair("conv2", four)));
}

TEST(WinogradValues, LeaveOtherKernelsOut) {
  EXPECT_THAT(winogradOf(stages, stageKernels, {{"prob", four}}), ElementsAre(Pair("conv2", four)));
  EXPECT_THAT(winogradOf(stages, stageKernels, {{"cccp1", two}}), ElementsAre(Pair("conv1", two)));
  EXPECT_THAT(winogradOf(stages, stageKernels, {}), IsEmpty());
}

TEST(WinogradValues, AreThemselvesWhereNothingWasFused) {
  const Kernels each{{"conv1", "conv1"}, {"norm1", "norm1"}, {"relu1", "relu1"}, {"cccp1", "cccp1"},
                     {"pool1", "pool1"}, {"conv2", "conv2"}, {"cccp2", "cccp2"}, {"prob", "prob"}};
  EXPECT_THAT(winogradOf(stages, each, {{"conv2", four}}), ElementsAre(Pair("conv2", four)));
}

TEST(WinogradValues, AreAnMlpconvByItsFirstLayer) {
  const char *const text = R"(model m
x = input f32[3, 16, 16]
stage = mlpconv x [conv 5x5 pad 2 -> 16, 8]
tail = mlpconv stage [conv 1x1 -> 16, 8]
mean = global_avg_pool tail
output mean
)";
  EXPECT_THAT(winogradOf(text, {{"mean", "mean"}}, {{"mean", four}}), ElementsAre(Pair("stage", four)));
  EXPECT_THAT(winogradOf(text, {{"mean", "mean"}, {"stage", "stage"}}, {{"stage", four}}),
              ElementsAre(Pair("stage", four)));
}

TEST(WinogradValues, OfStridedAndComposedConvolutionsHaveAWindow) {
  // squeeze, without an activation, went into wide; small went into wide as well.
  const char *const text = R"(model m
x = input f32[3, 17, 17]
squeeze = conv2d x 1x1 -> 8
wide = conv2d squeeze 3x3 -> 16
small = conv2d wide 1x1 stride 2 -> 8
output small
)";
  EXPECT_THAT(winogradOf(text, {{"small", "small"}}, {{"small", two}}), ElementsAre(Pair("wide", two)));
  EXPECT_THAT(winogradOf(text, {{"wide", "wide"}, {"small", "small"}}, {{"small", two}}),
              ElementsAre(Pair("small", two)));
}

TEST(WinogradValues, OfAKernelWithTwoResultsAreOfOneKernel) {
  const char *const text = R"(model m
x = input f32[3, 16, 16]
first = conv2d x 3x3 -> 16 relu
maps = conv2d first 1x1 -> 10 relu
mean = global_avg_pool maps
prob = softmax mean
output prob, maps
)";
  EXPECT_THAT(winogradOf(text, {{"prob", "prob"}, {"maps", "prob"}}, {{"prob", four}}),
              ElementsAre(Pair("first", four)));
}

TEST(WinogradValues, StopAtEveryOperandThatAnotherKernelMakes) {
  const char *const text = R"(model m
x = input f32[8, 16, 16]
left = conv2d x 3x3 pad 1 -> 8
right = conv2d x 3x3 pad 1 -> 8
sum = add left right
next = conv2d sum 3x3 pad 1 -> 8 relu
output next
)";
  const Kernels kernels{{"left", "left"}, {"right", "right"}, {"sum", "sum"}, {"next", "next"}};
  EXPECT_THAT(winogradOf(text, kernels, {{"left", two}, {"next", four}}),
              ElementsAre(Pair("left", two), Pair("next", four)));
}

TEST(WinogradValues, OfAKernelThatTheModelHasNotAreAllWithoutAKernelOfTheirOwn) {
  // The relu moved before the pool: the kernel first_relu makes maps that the model doesn't have.
  const char *const text = R"(model m
x = input f32[3, 16, 16]
first = conv2d x 3x3 pad 1 -> 8
pool = max_pool first 3x3 stride 2
rectified = relu pool
next = conv2d rectified 3x3 pad 1 -> 8 relu
output next
)";
  const Kernels kernels{{"first_relu", "first_relu"}, {"rectified", "rectified"}, {"next", "next"}};
  EXPECT_THAT(winogradOf(text, kernels, {{"first_relu", two}, {"next", four}}),
              ElementsAre(Pair("first", two), Pair("next", four)));
}

} // namespace
} // namespace ninc

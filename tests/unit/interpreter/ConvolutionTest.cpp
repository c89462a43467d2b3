// Convolution and mlpconv against sums done by hand.
#include "tests/unit/interpreter/EvaluateOp.h"

namespace ninc {
namespace {

ConvLayer layerOf(Window window, Parameter weight, Parameter bias = nullptr) {
  ConvLayer layer;
  layer.outChannels = weight->shape[0];
  layer.window = window;
  layer.weight = std::move(weight);
  layer.hasBias = bias != nullptr;
  layer.bias = std::move(bias);
  return layer;
}

// 1 2 3
// 4 5 6
// 7 8 9
const Tensor threeByThree{{1, 3, 3}, counting(9)};

TEST(Convolution, SlidesTheWindowWithoutFlippingIt) {
  // y[0,0] = 1*1 + 10*2 + 100*4 + 1000*5 = 5421, then one column or one row further.
  Conv2d op{layerOf({.kernel = {2, 2}, .pad = {}}, parameter({1, 1, 2, 2}, {1, 10, 100, 1000}))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 2, 2}, {5421, 6532, 8754, 9865});
}

TEST(Convolution, AddsTheBiasOfEachOutputChannel) {
  Conv2d op{layerOf({}, parameter({2, 1, 1, 1}, {1, -1}), parameter({2}, {0.5f, 100}))};
  expectTensor(evaluateOne(op, {{{1, 1, 2}, {3, 4}}}), {2, 1, 2}, {3.5f, 4.5f, 97, 96});
}

TEST(Convolution, SumsOverInputChannels) {
  // 2*1 + 3*10 = 32, 2*2 + 3*20 = 64
  Conv2d op{layerOf({}, parameter({1, 2, 1, 1}, {2, 3}))};
  expectTensor(evaluateOne(op, {{{2, 1, 2}, {1, 2, 10, 20}}}), {1, 1, 2}, {32, 64});
}

TEST(Convolution, ReadsZeroOutsideTheInput) {
  // All-ones 3x3 with pad 1: each output is the sum of its neighbourhood inside the map.
  Conv2d op{
      layerOf({.kernel = {3, 3}, .pad = {1, 1, 1, 1}}, parameter({1, 1, 3, 3}, std::vector<float>(9, 1)))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 3, 3}, {12, 21, 16, 27, 45, 33, 24, 39, 28});
}

TEST(Convolution, PadsEachSideByItsOwnAmount) {
  // top 1, left 0, bottom 0, right 2 under a 2x2 window of 1, 10, 100, 1000: rows 3, columns 4.
  // Row 0 reads (padding, row 0): 100*1 + 1000*2, 100*2 + 1000*3, 100*3, 0.
  // Row 1 reads (row 0, row 1):   5421, 6532, 3 + 600, 0.
  // Row 2 reads (row 1, row 2):   8754, 9865, 6 + 900, 0.
  Conv2d op{layerOf({.kernel = {2, 2}, .pad = {.top = 1, .left = 0, .bottom = 0, .right = 2}},
                    parameter({1, 1, 2, 2}, {1, 10, 100, 1000}))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 3, 4},
               {2100, 3200, 300, 0, 5421, 6532, 603, 0, 8754, 9865, 906, 0});
}

TEST(Convolution, StridesRowsAndColumnsApart) {
  // Rows 0, 2 and columns 0, 1, 2 of the input.
  Conv2d op{layerOf({.stride = {2, 1}, .pad = {}}, parameter({1, 1, 1, 1}, {10}))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 2, 3}, {10, 20, 30, 70, 80, 90});
}

TEST(Convolution, StridesWithPadding) {
  // 3x3 of ones, stride 2, pad 1 on 3x3: the four corners' neighbourhoods.
  Conv2d op{layerOf({.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}},
                    parameter({1, 1, 3, 3}, std::vector<float>(9, 1)))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 2, 2}, {12, 16, 24, 28});
}

TEST(Convolution, DilationSpreadsTheWindow) {
  // A 2x2 window with dilation 2 sees the corners 1, 3, 7, 9: 1 + 30 + 700 + 9000.
  Conv2d op{layerOf({.kernel = {2, 2}, .dilation = {2, 2}, .pad = {}},
                    parameter({1, 1, 2, 2}, {1, 10, 100, 1000}))};
  expectTensor(evaluateOne(op, {threeByThree}), {1, 1, 1}, {9731});
}

TEST(Convolution, DilationReachesAcrossPaddingOfItsOwnSize) {
  // 3x1 window, dilation 2, pad 2 above and below, on the column 1, 2, 3: weights 1, 10, 100 read rows
  // i-2, i, i+2: 10*1 + 100*3, 10*2, 1*1 + 10*3.
  Conv2d op{layerOf({.kernel = {3, 1}, .dilation = {2, 1}, .pad = {2, 0, 2, 0}},
                    parameter({1, 1, 3, 1}, {1, 10, 100}))};
  expectTensor(evaluateOne(op, {{{1, 3, 1}, {1, 2, 3}}}), {1, 3, 1}, {310, 20, 31});
}

TEST(Convolution, GroupsSeeOnlyTheirOwnInputs) {
  // 4 inputs 1, 10, 100, 1000 in 2 groups, 2 outputs a group.
  ConvLayer layer = layerOf({}, parameter({4, 2, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8}));
  layer.groups = 2;
  expectTensor(evaluateOne(Conv2d{layer}, {{{4, 1, 1}, {1, 10, 100, 1000}}}), {4, 1, 1},
               {21, 43, 6500, 8700});
}

TEST(Convolution, DepthwiseIsAGroupAChannel) {
  ConvLayer layer = layerOf({.kernel = {1, 2}, .pad = {}}, parameter({2, 1, 1, 2}, {1, 10, -1, 1}));
  layer.groups = 2;
  expectTensor(evaluateOne(Conv2d{layer}, {{{2, 1, 3}, {1, 2, 3, 4, 6, 9}}}), {2, 1, 2}, {21, 32, 2, 3});
}

TEST(Convolution, ActivatesTheSum) {
  ConvLayer layer = layerOf({}, parameter({1, 1, 1, 1}, {2}), parameter({1}, {-3}));
  layer.activation = Unary{UnaryKind::relu};
  expectTensor(evaluateOne(Conv2d{layer}, {{{1, 1, 2}, {1, 2}}}), {1, 1, 2}, {0, 1});
  layer.activation = Unary{UnaryKind::leakyRelu, {0.25f}};
  expectTensor(evaluateOne(Conv2d{layer}, {{{1, 1, 2}, {1, 2}}}), {1, 1, 2}, {-0.25f, 1});
}

TEST(Convolution, SumsInDoublePrecision) {
  // 2^24 + 1 - 2^24: an f32 sum would lose the 1.
  Conv2d op{layerOf({}, parameter({1, 3, 1, 1}, {1, 1, 1}))};
  expectTensor(evaluateOne(op, {{{3, 1, 1}, {16777216, 1, -16777216}}}), {1, 1, 1}, {1});
}

// Two layers on one map of 1..4: a 2x2 convolution with pad 1 at bottom and right, then two 1x1 outputs.
//   layer 0: sums over the window: 10, 6, 7, 4; bias -5 and ReLU: 5, 1, 2, 0
//   layer 1: 2v + 1: 11, 3, 5, 1 and 4 - v: -1, 3, 2, 4; ReLU: 0, 3, 2, 4
Mlpconv twoLayers() {
  ConvLayer first = layerOf({.kernel = {2, 2}, .pad = {0, 0, 1, 1}}, parameter({1, 1, 2, 2}, {1, 1, 1, 1}),
                            parameter({1}, {-5}));
  ConvLayer second = layerOf({}, parameter({2, 1, 1, 1}, {2, -1}), parameter({2}, {1, 4}));
  first.activation = second.activation = Unary{UnaryKind::relu};
  return Mlpconv{{first, second}, NoEpilogue{}};
}
const Tensor twoByTwo{{1, 2, 2}, {1, 2, 3, 4}};

TEST(Mlpconv, RunsItsLayersOneAfterAnother) {
  expectTensor(evaluateOne(twoLayers(), {twoByTwo}), {2, 2, 2}, {11, 3, 5, 1, 0, 3, 2, 4});
}

TEST(Mlpconv, PoolEpiloguePoolsTheLastMaps) {
  Mlpconv op = twoLayers();
  op.epilogue = PoolEpilogue{PoolKind::max, {.kernel = {2, 2}, .pad = {}}};
  expectTensor(evaluateOne(op, {twoByTwo}), {2, 1, 1}, {11, 4});
  op.epilogue = PoolEpilogue{PoolKind::average, {.kernel = {2, 2}, .pad = {}}};
  expectTensor(evaluateOne(op, {twoByTwo}), {2, 1, 1}, {5, 2.25f});
}

TEST(Mlpconv, GapEpilogueAveragesEachMap) {
  Mlpconv op = twoLayers();
  op.epilogue = GapEpilogue{};
  expectTensor(evaluateOne(op, {twoByTwo}), {2}, {5, 2.25f});
}

TEST(Mlpconv, GapEpilogueMayEndInSoftmax) {
  // e^5 / (e^5 + e^2.25) = 1 / (1 + e^-2.75) = 0.93991334
  Mlpconv op = twoLayers();
  op.epilogue = GapEpilogue{.softmax = true, .keepMaps = false};
  expectTensor(evaluateOne(op, {twoByTwo}), {2}, {0.93991335f, 0.06008665f});
}

TEST(Mlpconv, KeptMapsAreTheSecondResult) {
  Mlpconv op = twoLayers();
  op.epilogue = GapEpilogue{.softmax = false, .keepMaps = true};
  Result<std::vector<Tensor>> results = evaluate(op, std::vector<Tensor>{twoByTwo});
  ASSERT_TRUE(results.has_value());
  ASSERT_EQ(results->size(), 2u);
  expectTensor((*results)[0], {2}, {5, 2.25f});
  expectTensor((*results)[1], {2, 2, 2}, {11, 3, 5, 1, 0, 3, 2, 4});
}

TEST(Mlpconv, RoundsInnerMapsToSinglePrecision) {
  // 1 + 2^-30 rounds to 1 between the layers, so the second layer's difference with 1 is 0.
  ConvLayer first = layerOf({}, parameter({1, 2, 1, 1}, {1, 0x1p-30f}));
  ConvLayer second = layerOf({}, parameter({1, 1, 1, 1}, {1}), parameter({1}, {-1}));
  expectTensor(evaluateOne(Mlpconv{{first, second}, NoEpilogue{}}, {{{2, 1, 1}, {1, 1}}}), {1, 1, 1}, {0});
}

} // namespace
} // namespace ninc

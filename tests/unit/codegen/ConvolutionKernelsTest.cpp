// Kernels of convolutions and dense layers against the reference interpreter.
#include <numeric>

#include "KernelCase.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;
constexpr Activation relu{ActivationKind::relu, 0};

ConvLayer layer(std::int64_t outChannels, Window window, std::int64_t groups = 1,
                Activation activation = relu, bool hasBias = true) {
  return {outChannels, window, groups, hasBias, activation, nullptr, nullptr};
}

Window window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0, std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad, pad, pad}};
}

constexpr Window pointwise{};

Mlpconv mlpconv(Window first, std::vector<std::int64_t> channels, Epilogue epilogue = {},
                Activation activation = relu) {
  Mlpconv op;
  for (std::int64_t count : channels)
    op.layers.push_back(layer(count, op.layers.empty() ? first : pointwise, 1, activation));
  op.epilogue = std::move(epilogue);
  return op;
}

KernelCase conv(Op op, TensorType input, Layout output = hwc) {
  return {.op = std::move(op), .inputs = {std::move(input)}, .outputLayout = output, .tolerance = 5e-6};
}

TEST(GroupedConvolutionKernels, DepthwiseInEveryLayout) {
  expectAgreementOnEveryTarget(conv(Conv2d{layer(17, window(3, 1, 1), 17)}, maps(17, 7, 5)));
  expectAgreement(conv(Conv2d{layer(96, window(3, 2, 1), 96)}, maps(96, 13, 13)));
  expectAgreement(conv(Conv2d{layer(3, window(5, 1, 2), 3)}, maps(3, 6, 6, chw), chw));
  expectAgreement(conv(Conv2d{layer(10, window(3), 10, {}, false)}, maps(10, 9, 3)));
}

TEST(GroupedConvolutionKernels, DepthwiseWithSeveralOutputsAChannel) {
  expectAgreement(conv(Conv2d{layer(20, window(3, 1, 1), 10)}, maps(10, 7, 5)));
  expectAgreement(conv(Conv2d{layer(9, window(2, 1, 1, 2), 3)}, maps(3, 7, 5, chw), chw));
}

TEST(GroupedConvolutionKernels, GroupsOfChannels) {
  expectAgreementOnEveryTarget(conv(Conv2d{layer(34, window(3, 1, 1), 2)}, maps(6, 7, 5)));
  expectAgreement(conv(Conv2d{layer(64, window(5, 1, 2), 2)}, maps(96, 13, 13)));
  expectAgreement(conv(Conv2d{layer(9, window(3, 2, 0, 2), 3)}, maps(6, 13, 13, chw), chw));
  expectAgreement(
      conv(Conv2d{layer(4, {{1, 3}, {2, 1}, {1, 2}, {0, 1, 1, 3}}, 2, {}, false)}, maps(4, 7, 5)));
}

TEST(GroupedConvolutionKernels, ActivationsAreApplied) {
  for (ActivationKind kind : {ActivationKind::leakyRelu, ActivationKind::sigmoid, ActivationKind::tanh})
    expectAgreement(conv(Conv2d{layer(16, window(3, 1, 1), 4, {kind, 0.2f})}, maps(8, 6, 6)));
}

TEST(DenseKernels, EveryWidth) {
  for (std::int64_t outputs : {1, 10, 17, 200})
    expectAgreement(
        {.op = Dense{outputs, true, relu, nullptr, nullptr}, .inputs = {vectorOf(33)}, .tolerance = 5e-6});
  expectAgreementOnEveryTarget(
      {.op = Dense{100, false, {}, nullptr, nullptr}, .inputs = {vectorOf(1)}, .tolerance = 5e-6});
  expectAgreement({.op = Dense{1000, true, {ActivationKind::tanh, 0}, nullptr, nullptr},
                   .inputs = {vectorOf(1500)},
                   .tolerance = 5e-6});
}

TEST(MlpconvKernels, APlainConvolutionIsAnMlpconvOfOneLayer) {
  expectAgreement(conv(Conv2d{layer(10, window(3, 1, 1))}, maps(3, 7, 5)));
  expectAgreement(conv(Conv2d{layer(17, pointwise, 1, {}, false)}, maps(10, 6, 6)));
}

TEST(MlpconvKernels, DeepStacks) {
  expectAgreement(conv(mlpconv(window(3, 1, 1), std::vector<std::int64_t>(30, 8)), maps(3, 6, 6, chw)));
}

TEST(MlpconvKernels, StacksOfLayers) {
  expectAgreementOnEveryTarget(conv(mlpconv(window(5, 1, 2), {33, 17, 10}), maps(3, 13, 13, chw)));
  expectAgreement(conv(mlpconv(window(3, 1, 1), {192, 192, 192}), maps(20, 8, 8)));
  expectAgreement(conv(mlpconv(pointwise, {17, 3}), maps(10, 7, 5)));
  expectAgreement(conv(mlpconv(window(3), {5, 4, 3, 2, 1}), maps(1, 6, 6, chw)));
  expectAgreement(conv(mlpconv(pointwise, {1, 1}), maps(1, 1, 1, chw)));
}

TEST(MlpconvKernels, WindowsOfEveryKind) {
  expectAgreement(conv(mlpconv(window(11, 4), {24, 16}), maps(3, 43, 39, chw)));
  expectAgreement(conv(mlpconv(window(3, 1, 2, 2), {17, 10}), maps(10, 13, 13)));
  expectAgreement(conv(mlpconv({{3, 2}, {1, 2}, {1, 1}, {2, 0, 1, 3}}, {17, 10}), maps(3, 7, 5)));
  expectAgreement(conv(mlpconv({{1, 3}, {1, 1}, {1, 2}, {0, 2, 0, 2}}, {17, 10}), maps(17, 6, 6)));
}

TEST(MlpconvKernels, OutputsInRowMajorOrder) {
  expectAgreement(conv(mlpconv(window(3, 1, 1), {33, 10}), maps(17, 6, 7), chw));
  expectAgreement(conv(mlpconv(window(5, 1, 2), {16}), maps(3, 13, 13, chw), chw));
}

TEST(MlpconvKernels, ActivationsAreAppliedAtEveryLayer) {
  for (ActivationKind kind :
       {ActivationKind::none, ActivationKind::leakyRelu, ActivationKind::sigmoid, ActivationKind::tanh})
    expectAgreement(conv(mlpconv(window(3, 1, 1), {12, 10}, NoEpilogue{}, {kind, 0.1f}), maps(3, 6, 6)));
}

TEST(MlpconvKernels, PoolEpilogues) {
  PoolEpilogue max{PoolKind::max, window(3, 2), Rounding::ceil, false};
  expectAgreementOnEveryTarget(conv(mlpconv(window(3, 1, 1), {33, 17}, max), maps(3, 13, 12, chw)));
  expectAgreement(conv(mlpconv(window(5, 1, 2), {24, 96}, max), maps(3, 32, 32, chw)));
  PoolEpilogue dilated{PoolKind::max, window(2, 1, 1, 2), Rounding::floor, false};
  expectAgreement(conv(mlpconv(window(3, 1, 1), {10, 3}, dilated), maps(3, 7, 5)));
  for (bool countIncludePad : {false, true}) {
    PoolEpilogue average{PoolKind::average, window(3, 2, 1), Rounding::ceil, countIncludePad};
    expectAgreement(conv(mlpconv(pointwise, {17, 10}, average), maps(17, 7, 6), chw));
  }
}

TEST(MlpconvKernels, PoolEpiloguesWithLargeWindows) {
  PoolEpilogue max{PoolKind::max, window(40, 37, 3), Rounding::ceil, false};
  expectAgreementOnEveryTarget(conv(mlpconv(pointwise, {17}, max), maps(3, 45, 90, chw)));
  PoolEpilogue average{PoolKind::average, {{1, 31}, {1, 31}, {1, 1}, {}}, Rounding::ceil, true};
  expectAgreement(conv(mlpconv(window(3), {10, 33}, average), maps(3, 7, 66)));
}

TEST(MlpconvKernels, GapEpilogues) {
  expectAgreementOnEveryTarget(
      conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, false}), maps(17, 8, 8)));
  expectAgreement(conv(mlpconv(window(3, 1, 1), {33, 17}, GapEpilogue{false, false}), maps(17, 7, 5)));
  expectAgreement(conv(mlpconv(window(3, 1, 1), {10}, GapEpilogue{true, false}), maps(3, 6, 6, chw)));
  expectAgreement(conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, true}), maps(17, 8, 8), chw));
  expectAgreement(conv(mlpconv(window(3, 1, 1), {33, 100}, GapEpilogue{false, true}), maps(17, 7, 5), hwc));
  expectAgreement(conv(mlpconv(pointwise, {1}, GapEpilogue{true, true}), maps(1, 1, 1, chw), chw));
}

// All pixels in one block: every weight is read once.
Schedule inPanels(const KernelSpec &spec) {
  Schedule schedule = defaultSchedule(spec);
  auto &mlpconv = std::get<MlpconvSchedule>(schedule.choice);
  std::int64_t step = 1;
  for (int tile : mlpconv.tilePixels)
    step = std::lcm(step, tile);
  const std::int64_t pixels = MlpconvGeometry(spec).pixels();
  mlpconv.blockPixels = static_cast<int>((pixels + step - 1) / step * step);
  mlpconv.wholeLayers = static_cast<int>(mlpconv.panelVectors.size());
  mlpconv.parallel = true;
  return schedule;
}

TEST(MlpconvKernels, InPanelsInsteadOfBlocks) {
  const Target target = runnableTargets().back();
  for (const KernelCase &test :
       {conv(mlpconv(window(3, 1, 1), {70, 33, 20}), maps(17, 13, 11)),
        conv(mlpconv(pointwise, {40}), maps(10, 6, 6), chw),
        conv(mlpconv(window(3, 1, 1), {70, 50}, GapEpilogue{true, false}), maps(17, 7, 5)),
        conv(mlpconv(window(3, 1, 1), {70, 50}, GapEpilogue{true, true}), maps(17, 7, 5), chw)}) {
    const KernelSpec spec = specOf(test, target);
    expectAgreement(test, spec, inPanels(spec));
  }
}

TEST(MlpconvKernels, PanelsAreTheDefaultWhereWeightsExceedTheCache) {
  auto orderOf = [](std::int64_t l2Bytes) {
    Target target = parseTarget("x86-64-v3").value();
    target.l2Bytes = l2Bytes;
    const KernelSpec spec =
        specOf(conv(mlpconv(window(3, 1, 1), {384, 384, 384}), maps(256, 13, 13)), target);
    return std::get<MlpconvSchedule>(defaultSchedule(spec).choice).wholeLayers;
  };
  EXPECT_EQ(orderOf(2 << 20), 2);
  EXPECT_EQ(orderOf(64 << 20), 0);
}

TEST(MlpconvKernels, PanelsNeedAllPixelsAndNoPool) {
  const Target target = parseTarget("x86-64-v3").value();
  const KernelSpec plain = specOf(conv(mlpconv(window(3, 1, 1), {32, 16}), maps(8, 13, 13)), target);
  Schedule schedule = inPanels(plain);
  EXPECT_TRUE(isLegal(plain, schedule).has_value());
  auto &mlpconvSchedule = std::get<MlpconvSchedule>(schedule.choice);
  mlpconvSchedule.tilePixels = {4, 4};
  mlpconvSchedule.blockPixels = 168; // of 169
  EXPECT_FALSE(isLegal(plain, schedule).has_value());

  const PoolEpilogue pool{PoolKind::max, window(3, 2), Rounding::ceil, false};
  const KernelSpec pooled = specOf(conv(mlpconv(window(3, 1, 1), {32, 16}, pool), maps(8, 13, 13)), target);
  EXPECT_FALSE(isLegal(pooled, inPanels(pooled)).has_value());
}

} // namespace
} // namespace ninc

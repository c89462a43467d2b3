// Kernels of convolutions and dense layers against the reference interpreter.
#include <numeric>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

constexpr Layout chw = Layout::chw, hwc = Layout::hwc;
constexpr Activation relu = Unary{UnaryKind::relu};

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
  for (Unary activation :
       {Unary{UnaryKind::leakyRelu, {0.2f}}, Unary{UnaryKind::sigmoid}, Unary{UnaryKind::tanh}})
    expectAgreement(conv(Conv2d{layer(16, window(3, 1, 1), 4, activation)}, maps(8, 6, 6)));
}

// A sum is of either sign, so not those that take positive numbers only.
TEST(DenseKernels, EveryFunctionAsAnActivation) {
  for (const UnaryFunction &row : unaryFunctions())
    if (row.least < 0)
      expectAgreement({.op = Dense{17, true, usual(row.kind), nullptr, nullptr}, .inputs = {vectorOf(30)}});
}

TEST(DenseKernels, EveryWidth) {
  for (std::int64_t outputs : {1, 10, 17, 200})
    expectAgreement(
        {.op = Dense{outputs, true, relu, nullptr, nullptr}, .inputs = {vectorOf(33)}, .tolerance = 5e-6});
  expectAgreementOnEveryTarget(
      {.op = Dense{100, false, {}, nullptr, nullptr}, .inputs = {vectorOf(1)}, .tolerance = 5e-6});
  expectAgreement({.op = Dense{1000, true, Unary{UnaryKind::tanh}, nullptr, nullptr},
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
  for (Activation activation : {Activation{}, Activation{Unary{UnaryKind::leakyRelu, {0.1f}}},
                                Activation{Unary{UnaryKind::sigmoid}}, Activation{Unary{UnaryKind::tanh}}})
    expectAgreement(conv(mlpconv(window(3, 1, 1), {12, 10}, NoEpilogue{}, activation), maps(3, 6, 6)));
}

TEST(MlpconvKernels, PoolEpilogues) {
  PoolEpilogue max{PoolKind::max, window(3, 2), PoolExtent::ceil, false};
  expectAgreementOnEveryTarget(conv(mlpconv(window(3, 1, 1), {33, 17}, max), maps(3, 13, 12, chw)));
  expectAgreement(conv(mlpconv(window(5, 1, 2), {24, 96}, max), maps(3, 32, 32, chw)));
  PoolEpilogue dilated{PoolKind::max, window(2, 1, 1, 2), PoolExtent::floor, false};
  expectAgreement(conv(mlpconv(window(3, 1, 1), {10, 3}, dilated), maps(3, 7, 5)));
  for (bool countIncludePad : {false, true}) {
    PoolEpilogue average{PoolKind::average, window(3, 2, 1), PoolExtent::ceil, countIncludePad};
    expectAgreement(conv(mlpconv(pointwise, {17, 10}, average), maps(17, 7, 6), chw));
  }
}

TEST(MlpconvKernels, PoolEpiloguesWithLargeWindows) {
  PoolEpilogue max{PoolKind::max, window(40, 37, 3), PoolExtent::ceil, false};
  expectAgreementOnEveryTarget(conv(mlpconv(pointwise, {17}, max), maps(3, 45, 90, chw)));
  PoolEpilogue average{PoolKind::average, {{1, 31}, {1, 31}, {1, 1}, {}}, PoolExtent::ceil, true};
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
  for (std::size_t i = mlpconv.winograd ? 1 : 0; i < mlpconv.tilePixels.size(); ++i)
    step = std::lcm(step, std::int64_t{mlpconv.tilePixels[i]});
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

TEST(MlpconvKernels, LayersGoWholeByDefaultWhereTheirWeightsExceedTheCache) {
  auto wholeLayers = [](std::int64_t channels, std::int64_t extent) {
    const Target target = parseTarget("x86-64-v3").value();
    const KernelSpec spec =
        specOf(conv(mlpconv(window(3, 1, 1), {channels, channels, channels}), maps(channels, extent, extent)),
               target);
    return defaultMlpconvSchedule(spec, Exactness::exact).wholeLayers;
  };
  EXPECT_EQ(wholeLayers(1024, 6), 3);
  EXPECT_EQ(wholeLayers(32, 64), 0);
}

// Winograd schedules for every tile, with groups and panels that don't divide what they cut.
MlpconvSchedule winograd(const KernelSpec &spec, WinogradTile tile) {
  MlpconvSchedule schedule = candidateSchedules(spec, Exactness::exact)[1]; // one whole layer
  schedule.winograd = tile;
  schedule.panelVectors[0] = 1;
  schedule.tilePixels[0] = 3;
  schedule.groupTiles = 6;
  if (schedule.panelVectors.size() == 1) // no direct layer whose tiles the block must fit
    schedule.blockPixels = static_cast<int>(MlpconvGeometry(spec).pixels());
  return schedule;
}

TEST(WinogradKernels, EveryTileOfEveryWindow) {
  const Target target = runnableTargets().back();
  for (int m = 2; m <= 6; ++m) {
    const KernelCase test = conv(mlpconv(window(3, 1, 1), {33, 10}), maps(20, 13, 11));
    const KernelSpec spec = specOf(test, target);
    expectAgreement(test, spec, {winograd(spec, {m, 8 - m})});
  }
  KernelCase five = conv(mlpconv(window(5, 1, 2), {33, 10}), maps(16, 9, 9));
  five.tolerance = 2e-5;
  const KernelSpec spec = specOf(five, target);
  expectAgreement(five, spec, {winograd(spec, {4, 2})});
  KernelCase seven = conv(mlpconv(window(7, 1, 3), {20, 10}), maps(16, 9, 9));
  seven.tolerance = 2e-5;
  const KernelSpec wide = specOf(seven, target);
  expectAgreement(seven, wide, {winograd(wide, {2, 2})});
}

TEST(WinogradKernels, StridesArePhases) {
  KernelCase test = conv(mlpconv(window(11, 4), {24, 16}), maps(3, 43, 39, chw));
  test.tolerance = 2e-5;
  const KernelSpec spec = specOf(test, runnableTargets().back());
  expectAgreement(test, spec, {winograd(spec, {4, 4})});
  KernelCase uneven = conv(mlpconv({{3, 2}, {1, 2}, {1, 1}, {2, 0, 1, 3}}, {17, 10}), maps(3, 7, 5));
  const KernelSpec unevenSpec = specOf(uneven, runnableTargets().back());
  expectAgreement(uneven, unevenSpec, {winograd(unevenSpec, {2, 1})});
}

TEST(WinogradKernels, InEveryPlaceOfAKernel) {
  const PoolEpilogue pool{PoolKind::max, window(3, 2), PoolExtent::floor, false};
  for (const KernelCase &test :
       {conv(Conv2d{layer(35, window(3, 1, 1))}, maps(16, 7, 6)),
        conv(Conv2d{layer(35, window(3, 1, 1))}, maps(16, 7, 6), chw),
        conv(mlpconv(window(3, 1, 1), {32, 16}, pool), maps(16, 16, 16)),
        conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, false}), maps(16, 8, 7)),
        conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, true}), maps(16, 8, 7))}) {
    const KernelSpec spec = specOf(test, runnableTargets().back());
    expectAgreement(test, spec, {winograd(spec, {4, 4})});
  }
}

TEST(WinogradKernels, DefaultOnlyWhereArithmeticMayBeFast) {
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"}) {
    const KernelSpec spec =
        specOf(conv(mlpconv(window(5, 1, 2), {192, 192, 192}), maps(96, 16, 16)), parseTarget(name).value());
    EXPECT_TRUE(defaultMlpconvSchedule(spec).winograd) << name;
    EXPECT_FALSE(defaultMlpconvSchedule(spec, Exactness::exact).winograd) << name;
  }
}

TEST(WinogradKernels, NotForDilatedWindowsNorSingleAveragedMaps) {
  const Target target = parseTarget("x86-64-v3").value();
  for (const KernelCase &test : {conv(mlpconv(window(3, 1, 1, 2), {32, 16}), maps(16, 9, 9)),
                                 conv(mlpconv(window(3, 1, 1), {32}, GapEpilogue{}), maps(16, 9, 9))}) {
    const KernelSpec spec = specOf(test, target);
    EXPECT_FALSE(checkLegal(spec, winograd(spec, {2, 2})).has_value());
    EXPECT_FALSE(defaultMlpconvSchedule(spec).winograd);
  }
}

// Several images in one call give what each gives alone.
TEST(MlpconvKernels, SeveralImages) {
  for (KernelCase test :
       {conv(mlpconv(window(3, 1, 1), {70, 33}), maps(16, 7, 5)),
        conv(mlpconv(window(5, 2, 2), {33, 20}), maps(3, 13, 11, chw)),
        conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, false}), maps(16, 7, 6)),
        conv(mlpconv(window(3, 1, 1), {33, 10}, GapEpilogue{true, true}), maps(16, 7, 6))}) {
    test.tolerance = 1e-5;
    KernelSpec spec = specOf(test, runnableTargets().back());
    spec.images = 3;
    for (const MlpconvSchedule &schedule : candidateSchedules(spec, Exactness::fast))
      if (!schedule.winograd || *schedule.winograd == WinogradTile{2, 4})
        expectAgreement(test, spec, {schedule});
  }
}

TEST(MlpconvSchedules, TextIsReadBack) {
  for (const char *text : {"direct tiles 6x4,2x12 block 24 unroll 4 whole 1 parallel",
                           "winograd 4x2 tiles 3x8,3x8 group 16 block 64 unroll 1 whole 2"}) {
    Result<MlpconvSchedule> schedule = parseMlpconvSchedule(text);
    ASSERT_TRUE(schedule) << schedule.error().message;
    EXPECT_EQ(toString(*schedule), text);
  }
  for (const char *text : {"", "fast", "winograd 4", "direct tiles 3x", "direct block", "direct tile 3x8"})
    EXPECT_FALSE(parseMlpconvSchedule(text)) << text;
}

TEST(MlpconvKernels, PanelsNeedAllPixelsAndNoPool) {
  const Target target = parseTarget("x86-64-v3").value();
  const KernelSpec plain = specOf(conv(mlpconv(window(3, 1, 1), {32, 16}), maps(8, 13, 13)), target);
  Schedule schedule = inPanels(plain);
  EXPECT_TRUE(checkLegal(plain, schedule).has_value());
  auto &mlpconvSchedule = std::get<MlpconvSchedule>(schedule.choice);
  mlpconvSchedule.tilePixels = {4, 4};
  mlpconvSchedule.blockPixels = 168; // of 169
  EXPECT_FALSE(checkLegal(plain, schedule).has_value());

  const PoolEpilogue pool{PoolKind::max, window(3, 2), PoolExtent::ceil, false};
  const KernelSpec pooled = specOf(conv(mlpconv(window(3, 1, 1), {32, 16}, pool), maps(8, 13, 13)), target);
  EXPECT_FALSE(checkLegal(pooled, inPanels(pooled)).has_value());
}

} // namespace
} // namespace ninc

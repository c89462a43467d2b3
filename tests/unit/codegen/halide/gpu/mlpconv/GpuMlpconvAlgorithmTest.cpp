// The algorithm of a device's mlpconv alone: its functions, in no order but Halide's own, on this CPU.
#include "codegen/halide/gpu/mlpconv/GpuMlpconvFunctions.h"

#include <array>
#include <gmock/gmock.h>

#include "codegen/target/Targets.h"
#include "runtime/device/device.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using Halide::Buffer;
using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;

// One channel of two rows, three columns, through a 1x1 convolution to one map.
KernelSpec specOfOneMap(Epilogue epilogue) {
  Mlpconv op;
  op.layers.push_back({1, Window{}, 1, true, Unary{UnaryKind::relu}, nullptr, nullptr});
  op.epilogue = std::move(epilogue);
  KernelSpec spec = specOf({.op = op, .inputs = {maps(1, 2, 3)}, .outputLayout = Layout::hwc}, Target{});
  spec.target = parseTargets("x86-64-v2+opencl").value().devices.front();
  return spec;
}

// The epilogue's result for the pixels 0 ... 5, of which the convolution makes 2 x + 1.
std::vector<float> resultOf(const KernelSpec &spec, const GpuMlpconvSchedule &schedule,
                            const std::vector<Dimension> &view) {
  const GpuMlpconvPlan plan(spec, schedule);
  Arguments arguments(spec);
  GpuMlpconvAlgorithm a = defineGpuMlpconv(plan, arguments);
  arguments.result(a.result, view);
  KernelPipeline kernel = arguments.take();
  alignas(NINC_DEVICE_ALIGNMENT) std::array<float, gpuChannelPadding> weight{}; // where devices have it
  Buffer<float> pixels(1, 3, 2, 1), bias(static_cast<int>(gpuChannelPadding));
  Buffer<float> weights(weight.data(), static_cast<int>(gpuChannelPadding), 1);
  for (int i = 0; i < 6; ++i)
    pixels(0, i % 3, i / 3, 0) = static_cast<float>(i);
  bias.fill(0);
  weights(0, 0) = 2;
  bias(0) = 1;
  std::vector<int> extents;
  for (const Dimension &dimension : view)
    extents.push_back(static_cast<int>(dimension.extent));
  Buffer<float> made(extents);
  try {
    Halide::Callable run = kernel.pipeline.compile_to_callable(kernel.inputs, Halide::get_host_target());
    EXPECT_EQ(run(pixels, weights, bias, made), 0);
  } catch (const Halide::Error &error) { // not a std::exception
    ADD_FAILURE() << error.what();
  }
  return {made.begin(), made.end()};
}

const std::vector<Dimension> oneMean{{0, 1, 1}, {0, 1, 1}};

// 1, 3, 5, 7, 9, 11: the mean is 6, whether tiles divide the map or reach beyond it.
TEST(GpuMlpconvAlgorithm, MeansCountEachPixelOnceWhateverTheTiles) {
  const KernelSpec spec = specOfOneMap(GapEpilogue{false, false});
  for (const auto &[columns, rows] : {std::pair{3, 2}, {2, 1}, {2, 2}, {4, 3}, {1, 1}})
    EXPECT_THAT(resultOf(spec, {.blockColumns = columns, .blockRows = rows, .threadPixels = 1}, oneMean),
                ElementsAre(FloatEq(6)))
        << columns << "x" << rows;
}

TEST(GpuMlpconvAlgorithm, MeansOfStoredMapsAreThoseOfTiles) {
  const KernelSpec spec = specOfOneMap(GapEpilogue{false, false});
  EXPECT_THAT(resultOf(spec, {.blockColumns = 2, .threadPixels = 1, .storedMaps = {0}}, oneMean),
              ElementsAre(FloatEq(6)));
}

TEST(GpuMlpconvAlgorithm, OneMeanHasAllOfSoftmax) {
  const KernelSpec spec = specOfOneMap(GapEpilogue{true, false});
  EXPECT_THAT(resultOf(spec, {.blockColumns = 2, .threadPixels = 1}, {{0, 1, 1}, {0, 1, 1}, {0, 1, 1}}),
              Each(FloatEq(1)));
}

// Of the columns 1 3 5 and 7 9 11: windows of 2x2, one step apart.
TEST(GpuMlpconvAlgorithm, PoolsReadTheMapsTheyFold) {
  const Window window{{2, 2}, {1, 1}, {1, 1}, {}};
  const KernelSpec spec = specOfOneMap(PoolEpilogue{PoolKind::max, window, PoolExtent::floor, false});
  EXPECT_THAT(
      resultOf(spec, {.blockColumns = 2, .threadPixels = 1}, {{0, 1, 1}, {0, 1, 1}, {0, 2, 1}, {0, 1, 2}}),
      ElementsAre(9, 11));
}

} // namespace
} // namespace ninc

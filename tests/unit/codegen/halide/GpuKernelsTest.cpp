// Kernels for devices by other schedules than the default ones, in other precisions, and as launches. (That
// every op agrees by default is tested where the CPU's kernels are: KernelCase.h.)
#include <gmock/gmock.h>
#include <tuple>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/gpu/GpuMlpconvChoice.h"
#include "codegen/schedule/gpu/GpuMlpconvTiling.h"
#include "codegen/target/Targets.h"
#include "support/Random.h"
#include "tests/unit/codegen/halide/DeviceRunner.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr Activation relu = Unary{UnaryKind::relu};

ConvLayer layer(std::int64_t outChannels, Window window = {}) {
  return {outChannels, window, 1, true, relu, nullptr, nullptr};
}

Window window(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0, std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {pad, pad, pad, pad}};
}

KernelCase stack(Window first, std::vector<std::int64_t> channels, TensorType input, Epilogue epilogue = {}) {
  Mlpconv op;
  for (const std::int64_t count : channels)
    op.layers.push_back(layer(count, op.layers.empty() ? first : Window{}));
  op.epilogue = std::move(epilogue);
  return {.op = std::move(op), .inputs = {std::move(input)}, .outputLayout = Layout::hwc, .tolerance = 5e-6};
}

GpuTarget device(const char *name) {
  return parseTargets(std::string("x86-64-v2+") + name).value().devices.front();
}

KernelSpec onDevice(const KernelCase &test, const char *name = "opencl", std::int64_t images = 1) {
  KernelSpec spec = specOf(test, Target{});
  spec.target = device(name);
  spec.images = images;
  return spec;
}

const std::vector<KernelCase> &cases() {
  static const std::vector<KernelCase> all = {
      stack(window(5, 1, 2), {20, 12, 9}, maps(3, 10, 7, Layout::chw)),
      stack(window(3, 2, 1), {16, 24}, maps(8, 9, 11)),
      stack(window(3, 1, 2, 2), {10}, maps(5, 8, 8)),
      stack({}, {7, 13}, maps(6, 5, 6)),
      stack(window(3, 1, 1), {12, 10}, maps(8, 8, 6),
            PoolEpilogue{PoolKind::max, window(2, 2), PoolExtent::floor, false}),
      stack(window(3, 1, 1), {12, 10}, maps(8, 6, 7), GapEpilogue{true, false}),
      stack(window(3, 1, 1), {12, 10}, maps(8, 6, 7), GapEpilogue{false, false}),
      stack(window(3, 1, 1), {12, 10}, maps(8, 6, 7), GapEpilogue{true, true}),
  };
  return all;
}

std::vector<int> someMaps(std::size_t layers, Random &random) {
  std::vector<int> maps;
  for (std::size_t i = 0; i < layers; ++i)
    if (random.below(3) == 0) maps.push_back(static_cast<int>(i));
  return maps;
}

// Legal schedules, few of which anybody would choose.
std::vector<GpuMlpconvSchedule> someSchedules(const KernelSpec &spec, std::uint64_t seed, std::size_t count) {
  Random random(seed);
  auto pick = [&](int most) { return 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(most))); };
  const std::size_t layers = MlpconvGeometry(spec).layers.size();
  std::vector<GpuMlpconvSchedule> schedules;
  while (schedules.size() < count) {
    const GpuMlpconvSchedule schedule{.blockColumns = pick(8),
                                      .blockRows = pick(4),
                                      .threadChannels = 1 << (pick(4) - 1),
                                      .threadPixels = pick(6),
                                      .channelThreads = pick(12),
                                      .unroll = pick(5),
                                      .stagesInput = pick(2) == 1,
                                      .slices = pick(3),
                                      .storedMaps = someMaps(layers, random)};
    if (checkLegal(spec, schedule)) schedules.push_back(schedule);
  }
  return schedules;
}

TEST(GpuMlpconv, AgreesByAnyLegalSchedule) {
  if (const std::string why = whyNoOpenCl(); !why.empty()) GTEST_SKIP() << "no OpenCL device: " << why;
  std::uint64_t seed = 0;
  for (const KernelCase &test : cases()) {
    const KernelSpec spec = onDevice(test, "opencl", 1 + static_cast<std::int64_t>(seed % 3));
    for (const GpuMlpconvSchedule &schedule : someSchedules(spec, ++seed, 4))
      expectAgreement(test, spec, {schedule});
  }
}

TEST(GpuMlpconv, IsOneLaunchWhateverItsLayers) {
  for (const char *target : {"opencl", "sm_80"})
    for (std::size_t i = 0; i < 5; ++i) {
      const KernelSpec spec = onDevice(cases()[i], target);
      const Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
      ASSERT_TRUE(kernel) << kernel.error().message;
      EXPECT_EQ(kernel->launches.size(), 1u) << toString(spec);
    }
}

// One for each part of a stage that goes through memory, and what the epilogue asks for.
TEST(GpuMlpconv, IsAsManyLaunchesAsItsScheduleStoresMaps) {
  const auto launches = [](std::size_t test, std::vector<int> stored) {
    const KernelSpec spec = onDevice(cases()[test]);
    GpuMlpconvSchedule schedule{.blockColumns = 3,
                                .blockRows = 2,
                                .threadChannels = 2,
                                .threadPixels = 1,
                                .channelThreads = 4,
                                .unroll = 1,
                                .stagesInput = true,
                                .slices = 1,
                                .storedMaps = std::move(stored)};
    EXPECT_TRUE(checkLegal(spec, schedule)) << checkLegal(spec, schedule).error().message;
    return compileKernel(spec, {schedule}, "kernel").value().launches.size();
  };
  EXPECT_EQ(launches(0, {0}), 2u);
  EXPECT_EQ(launches(0, {1}), 2u);
  EXPECT_EQ(launches(0, {0, 1}), 3u);
  EXPECT_EQ(launches(4, {1}), 2u) << "the pool apart";
  EXPECT_EQ(launches(4, {0}), 2u) << "the pool with the second convolution";
  EXPECT_EQ(launches(4, {0, 1}), 3u);
  EXPECT_EQ(launches(5, {1}), 3u) << "maps, means, softmax";
  EXPECT_EQ(launches(6, {0, 1}), 3u) << "two convolutions, means";
}

TEST(GpuMlpconv, EndsInTheMeanOfAMapThatOneTileCovers) {
  const KernelSpec spec = onDevice(cases()[5]);
  GpuMlpconvSchedule schedule{.blockColumns = 7,
                              .blockRows = 6,
                              .threadChannels = 4,
                              .threadPixels = 7,
                              .channelThreads = 4,
                              .unroll = 4,
                              .stagesInput = true,
                              .slices = 1};
  EXPECT_EQ(compileKernel(spec, {schedule}, "kernel").value().launches.size(), 1u);
  schedule.blockRows = 3;
  EXPECT_EQ(compileKernel(spec, {schedule}, "kernel").value().launches.size(), 2u) << "tiles, then their sum";
}

TEST(GpuMlpconv, TakesNoMoreSharedMemoryAndThreadsThanItsScheduleSays) {
  std::uint64_t seed = 100;
  for (const KernelCase &test : cases()) {
    const KernelSpec spec = onDevice(test);
    const MlpconvGeometry geometry(spec);
    for (const GpuMlpconvSchedule &schedule : someSchedules(spec, ++seed, 3)) {
      const Kernel kernel = compileKernel(spec, {schedule}, "kernel").value();
      const Launch &launch = kernel.launches.front();
      // Means and what softmax needs come on top, and Halide rounds each piece up.
      constexpr std::int64_t slack = 1024;
      EXPECT_LE(launch.sharedBytes, sharedBytesOf(spec, schedule) + slack)
          << toString(spec) << " by " << toString(schedule);
      EXPECT_LE(std::int64_t{launch.threads[0]} * launch.threads[1] * launch.threads[2],
                threadsOf(geometry, schedule));
    }
  }
}

// Stages whose maps no block can hold.
std::vector<KernelCase> tooWideForABlock() {
  const auto pool = [](PoolKind kind, std::int64_t size, std::int64_t stride) {
    return PoolEpilogue{kind, window(size, stride), PoolExtent::floor, false};
  };
  const std::int64_t tooMany = 5000;
  return {stack(window(3, 1, 1), {192}, maps(3, 16, 17), pool(PoolKind::average, 8, 8)),
          stack(window(3, 1, 1), {1024}, maps(2, 8, 8), pool(PoolKind::max, 4, 4)),
          stack({}, {3000}, maps(4, 4, 5), pool(PoolKind::max, 2, 2)),
          stack({}, {tooMany, tooMany, 10}, maps(3, 2, 2)),
          stack({}, {20, 2 * tooMany}, maps(3, 2, 3), GapEpilogue{false, false}),
          stack({}, {3 * tooMany}, maps(3, 2, 2), GapEpilogue{true, false}),
          stack({}, {3 * tooMany}, maps(3, 1, 1), GapEpilogue{true, false}),
          stack({}, {3 * tooMany}, maps(3, 2, 2), GapEpilogue{true, true})};
}

TEST(GpuMlpconv, GoesThroughMemoryWhereNoBlockCanHoldItsMaps) {
  for (const char *name : {"opencl", "sm_61"})
    for (const KernelCase &test : tooWideForABlock()) {
      const KernelSpec spec = onDevice(test, name);
      const Schedule schedule = defaultSchedule(spec);
      const Result<void> legal = checkLegal(spec, schedule);
      ASSERT_TRUE(legal) << toString(spec) << ": " << legal.error().message;
      const Result<Kernel> kernel = compileKernel(spec, schedule, "kernel");
      EXPECT_TRUE(kernel) << kernel.error().message;
    }
}

TEST(GpuMlpconv, AgreesWhereMapsGoThroughMemory) {
  if (const std::string why = whyNoOpenCl(); !why.empty()) GTEST_SKIP() << "no OpenCL device: " << why;
  for (KernelCase test : tooWideForABlock()) {
    test.tolerance = 2e-5; // sums of 5000
    const KernelSpec spec = onDevice(test, "opencl", 2);
    expectAgreement(test, spec, defaultSchedule(spec));
  }
}

// Sums, means and what softmax needs lie beside the maps.
TEST(GpuMlpconv, EndsOfManyChannelsFitABlock) {
  for (const char *name : {"opencl", "sm_61"})
    for (const KernelCase &test : {stack({}, {1000}, maps(4, 5, 5), GapEpilogue{true, true}),
                                   stack({}, {2000}, maps(4, 2, 2), GapEpilogue{true, false}),
                                   stack({}, {2000}, maps(4, 2, 2), GapEpilogue{false, true})}) {
      const KernelSpec spec = onDevice(test, name);
      const Result<Kernel> kernel = compileKernel(spec, defaultSchedule(spec), "kernel");
      EXPECT_TRUE(kernel) << kernel.error().message;
    }
}

// The last block of threads has channels that don't exist: what they would read isn't there.
TEST(GpuReductions, ReadNoChannelsBeyondTheLast) {
  const KernelSpec spec = onDevice({.op = GlobalAveragePool{}, .inputs = {maps(3, 5, 5)}});
  const Kernel kernel = compileKernel(spec, defaultSchedule(spec), "kernel").value();
  const std::string source(reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size());
  EXPECT_THAT(source, HasSubstr("min(_thread_id_x, 2)"));
}

// A constant is in memory once, whatever the batch.
TEST(GpuKernels, ReadConstantsOnceForAllImages) {
  const KernelCase tests[] = {
      {.op = Unary{UnaryKind::relu}, .inputs = {maps(3, 5, 4)}, .outputLayout = Layout::hwc},
      {.op = Binary{BinaryKind::add}, .inputs = {maps(3, 5, 4), maps(3, 5, 4)}, .outputLayout = Layout::hwc},
      {.op = Binary{BinaryKind::mul}, .inputs = {maps(3, 5, 4), maps(3, 1, 1)}},
      {.op = Concat{0}, .inputs = {maps(3, 5, 4), maps(2, 5, 4, Layout::chw)}},
      stack(window(3, 1, 1), {5}, maps(3, 5, 4))};
  for (const KernelCase &test : tests) {
    KernelSpec spec = onDevice(test, "opencl", 3);
    spec.constants = {spec.inputs.size() - 1};
    const Kernel kernel = compileKernel(spec, defaultSchedule(spec), "kernel").value();
    EXPECT_EQ(kernel.arguments.at(spec.inputs.size() - 1).bytes(), byteCount(spec.inputs.back()));
    if (whyNoOpenCl().empty()) expectAgreement(test, spec, defaultSchedule(spec));
  }
}

TEST(GpuMlpconv, AgreesInHalvesWithinTheirRounding) {
  if (const std::string why = whyNoOpenCl(); !why.empty()) GTEST_SKIP() << "no OpenCL device: " << why;
  for (KernelCase test : cases()) {
    test.tolerance = 4e-3; // 2^-11 an element, a few of them
    KernelSpec spec = onDevice(test, "opencl", 2);
    spec.device().storage = ElementType::f16;
    expectAgreement(test, spec, defaultSchedule(spec));
    spec.inputs[0].element = ElementType::f16;
    spec.outputs.back().element = ElementType::f16;
    expectAgreement(test, spec, defaultSchedule(spec));
  }
}

// Every extent is odd, of patches and maps: what has an odd number of elements is followed in shared memory
// by others, which threads read four at once, and shares its place at other times with the epilogue's floats.
std::vector<KernelCase> oddCases() {
  const PoolEpilogue pool{PoolKind::max, window(3), PoolExtent::floor, false};
  return {stack(window(3, 1, 1), {5, 7}, maps(5, 3, 3), GapEpilogue{true, false}),
          stack(window(3, 1, 1), {5, 7, 9}, maps(5, 3, 3), GapEpilogue{false, false}),
          stack(window(3, 1, 1), {7, 5, 9, 5}, maps(1, 3, 3), GapEpilogue{true, false}),
          stack(window(3, 2, 1), {3, 9, 5, 9}, maps(3, 5, 5)),
          stack(window(1), {3, 9, 5, 9}, maps(3, 5, 5), pool)};
}

// In floats, and in halves of inputs in either; by register tiles that are read at once, and by single
// channels.
TEST(GpuMlpconv, AgreesWhereSharedMemoryHasOddNumbersOfElements) {
  if (const std::string why = whyNoOpenCl(); !why.empty()) GTEST_SKIP() << "no OpenCL device: " << why;
  constexpr auto f32 = ElementType::f32, f16 = ElementType::f16;
  for (KernelCase test : oddCases())
    for (const auto &[storage, input, threadChannels] :
         {std::tuple{f32, f32, 8}, {f16, f32, 8}, {f16, f16, 8}, {f16, f16, 1}}) {
      test.tolerance = storage == f16 ? 4e-3 : 5e-6;
      KernelSpec spec = onDevice(test, "opencl", 2);
      spec.device().storage = storage;
      spec.inputs[0].element = input;
      const bool ofPixels = spec.outputs[0].shape.size() > 1;
      expectAgreement(test, spec,
                      {GpuMlpconvSchedule{.blockColumns = ofPixels ? 1 : 3,
                                          .blockRows = ofPixels ? 1 : 3,
                                          .threadChannels = threadChannels,
                                          .threadPixels = ofPixels ? 1 : 3,
                                          .channelThreads = 5,
                                          .unroll = 1,
                                          .stagesInput = true,
                                          .slices = 1}});
    }
}

TEST(GpuMlpconv, KeepsWholePiecesOfSharedMemory) {
  EXPECT_EQ(storedExtents({5, 7, 9}, ElementType::f32), (GpuExtents{5, 8, 9}));
  EXPECT_EQ(storedExtents({1, 1, 1}, ElementType::f16), (GpuExtents{1, 1, 8}));
  EXPECT_EQ(storedExtents({8, 7, 9}, ElementType::f16), (GpuExtents{8, 7, 9})) << "are whole";
  for (const ElementType element : {ElementType::f16, ElementType::f32})
    for (std::int64_t c = 1; c < 12; ++c)
      for (std::int64_t x = 1; x < 12; ++x)
        for (std::int64_t y = 1; y < 12; ++y) {
          const auto [channels, columns, rows] = storedExtents({c, x, y}, element);
          EXPECT_TRUE(channels >= c && columns >= x && rows >= y);
          const std::int64_t bytes = channels * columns * rows * static_cast<std::int64_t>(bytesOf(element));
          EXPECT_EQ(bytes % gpuSharedPiece, 0) << c << ", " << x << ", " << y;
        }
}

TEST(GpuSchedules, AreRefusedBeyondTheDevicesLimits) {
  const KernelSpec spec = onDevice(cases()[1]);
  const GpuMlpconvSchedule good = defaultGpuMlpconvSchedule(spec);
  ASSERT_TRUE(checkLegal(spec, good));
  const std::pair<void (*)(GpuMlpconvSchedule &), const char *> faults[] = {
      {[](GpuMlpconvSchedule &s) { s.blockColumns = 0; }, "columns of a block may be 1 to"},
      {[](GpuMlpconvSchedule &s) { s.blockRows = 1000; }, "rows of a block may be 1 to"},
      {[](GpuMlpconvSchedule &s) { s.threadChannels = 3; }, "a thread's channels are 1, 2, 4 or 8, not 3"},
      {[](GpuMlpconvSchedule &s) { s.threadChannels = 16; }, "a thread's channels are 1, 2, 4 or 8, not 16"},
      {[](GpuMlpconvSchedule &s) { s.blockColumns = 3, s.threadPixels = 2; }, "don't divide a block's 3"},
      {[](GpuMlpconvSchedule &s) { s.channelThreads = 257; }, "threads along channels may be 1 to 256"},
      {[](GpuMlpconvSchedule &s) {
         s.blockColumns = 4, s.threadPixels = 1, s.blockRows = 4, s.channelThreads = 64;
       },
       "threads of a block may be 1 to 256, not 1024"},
      {[](GpuMlpconvSchedule &s) { s.unroll = 1000; }, "steps written out may be 1 to"},
      {[](GpuMlpconvSchedule &s) { s.slices = 1000; }, "slices of channels may be 1 to"},
      {[](GpuMlpconvSchedule &s) { s.slices = 2147483647; }, "slices of channels may be 1 to"},
      {[](GpuMlpconvSchedule &s) {
         s.storedMaps = {0, 0};
       },
       "whose map is stored may be 1 to 0, not 0"},
      {[](GpuMlpconvSchedule &s) { s.storedMaps = {1}; }, "whose map is stored may be 0 to 0, not 1"}};
  for (const auto &[spoil, reason] : faults) {
    GpuMlpconvSchedule schedule = good;
    spoil(schedule);
    const Result<void> legal = checkLegal(spec, schedule);
    ASSERT_FALSE(legal) << toString(schedule);
    EXPECT_THAT(legal.error().message, HasSubstr(reason));
  }
  // Slices of whole register tiles that would read weights beyond the last ones.
  const KernelSpec odd = onDevice(stack({}, {17}, maps(4, 8, 8)));
  GpuMlpconvSchedule sliced = defaultGpuMlpconvSchedule(odd);
  sliced.threadChannels = 8, sliced.threadPixels = 1, sliced.channelThreads = 4, sliced.slices = 2;
  EXPECT_THAT(checkLegal(odd, sliced).error().message,
              HasSubstr("2 slices of whole register tiles reach beyond the 17"));
  for (const std::size_t withEpilogue : {4, 5, 6}) {
    const KernelSpec ends = onDevice(cases()[withEpilogue]);
    GpuMlpconvSchedule schedule = defaultGpuMlpconvSchedule(ends);
    schedule.slices = 2;
    EXPECT_THAT(checkLegal(ends, schedule).error().message,
                HasSubstr("slices of channels may be 1 to 1, not 2"));
  }
  KernelSpec small = spec;
  small.device().sharedBytes = 16;
  EXPECT_THAT(checkLegal(small, good).error().message,
              HasSubstr("bytes of shared memory where there are 16"));
  EXPECT_THAT(checkLegal(spec, Schedule{GpuLoopSchedule{}}).error().message,
              HasSubstr("another kind of kernel"));
}

TEST(GpuSchedules, OfTheDefaultAreLegalForEveryDevice) {
  for (const char *name : {"opencl", "sm_50", "sm_61", "sm_70", "sm_75", "sm_80", "sm_86"})
    for (const KernelCase &test : cases()) {
      const KernelSpec spec = onDevice(test, name);
      const Result<void> legal = checkLegal(spec, defaultSchedule(spec));
      EXPECT_TRUE(legal) << name << ": " << legal.error().message;
    }
}

// A stage whose maps, a kilobyte a pixel and more, only fit a block's memory a few pixels at a time.
TEST(GpuSchedules, FindRoomForWideStages) {
  const KernelCase wide = stack(window(3, 1, 1), {1024, 1024, 1000}, maps(384, 6, 6));
  for (const char *name : {"opencl", "sm_50", "sm_86"}) {
    const KernelSpec spec = onDevice(wide, name);
    const Schedule schedule = defaultSchedule(spec);
    EXPECT_TRUE(checkLegal(spec, schedule)) << toString(schedule);
  }
}

TEST(GpuKernels, ComeAsPtxOfTheCapabilityThatIsNamed) {
  const KernelSpec spec = onDevice(cases()[0], "sm_75");
  const Kernel kernel = compileKernel(spec, defaultSchedule(spec), "kernel").value();
  const std::string source(reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size());
  EXPECT_THAT(source, HasSubstr(".target sm_75"));
  EXPECT_THAT(source, HasSubstr(".visible .entry " + kernel.launches.at(0).entry));
}

// KernelSpecs are keys: what is for one target mustn't be taken for another's.
TEST(GpuKernels, HaveSpecsThatNameTheDevice) {
  EXPECT_THAT(toString(onDevice(cases()[0])), testing::EndsWith("@ opencl"));
  KernelSpec halves = onDevice(cases()[0], "sm_80", 4);
  halves.device().storage = ElementType::f16;
  EXPECT_THAT(toString(halves), testing::EndsWith("x 4 images @ sm_80 f16"));
}

} // namespace
} // namespace ninc

#include "codegen/schedule/ScheduleChoice.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/gpu/GpuMlpconvCost.h"
#include "codegen/target/Targets.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

ConvLayer layer(std::int64_t outputs, std::int64_t kernel, std::int64_t groups = 1) {
  const std::int64_t pad = kernel / 2;
  return {outputs, {{kernel, kernel}, {1, 1}, {1, 1}, {pad, pad, pad, pad}}, groups, true, {}, nullptr,
          nullptr};
}

KernelSpec onCpu(const Op &op, const TensorType &input) {
  return specOf({.op = op, .inputs = {input}, .outputLayout = Layout::hwc}, parseTarget("x86-64-v3").value());
}

KernelSpec onDevice(const Op &op, const TensorType &input) {
  KernelSpec spec = onCpu(op, input);
  spec.target = parseGpuTarget("sm_80").value();
  return spec;
}

TEST(Family, IsDecidedByTheOpAndTheKindOfTarget) {
  const Op dense = Dense{8, true, {}, nullptr, nullptr};
  EXPECT_EQ(familyOf(onCpu(Unary{UnaryKind::relu}, maps(4, 9, 9))), Family::loop);
  EXPECT_EQ(familyOf(onCpu(Conv2d{layer(8, 3, 4)}, maps(4, 9, 9))), Family::tile) << "depthwise";
  EXPECT_EQ(familyOf(onCpu(Conv2d{layer(8, 3, 2)}, maps(4, 9, 9))), Family::tile);
  EXPECT_EQ(familyOf(onCpu(dense, vectorOf(4))), Family::dense);
  EXPECT_EQ(familyOf(onCpu(Conv2d{layer(8, 3)}, maps(4, 9, 9))), Family::mlpconv);
  EXPECT_EQ(familyOf(onCpu(Mlpconv{{layer(8, 3)}, {}}, maps(4, 9, 9))), Family::mlpconv);
  EXPECT_EQ(familyOf(onDevice(Unary{UnaryKind::relu}, maps(4, 9, 9))), Family::gpuLoop);
  EXPECT_EQ(familyOf(onDevice(Conv2d{layer(8, 3, 2)}, maps(4, 9, 9))), Family::gpuLoop);
  EXPECT_EQ(familyOf(onDevice(dense, vectorOf(4))), Family::gpuReduction);
  EXPECT_EQ(familyOf(onDevice(Softmax{}, vectorOf(100))), Family::gpuReduction) << "threads share a position";
  EXPECT_EQ(familyOf(onDevice(Softmax{}, maps(4, 100, 100))), Family::gpuLoop) << "a thread a position";
  EXPECT_EQ(familyOf(onDevice(Mlpconv{{layer(8, 3)}, {}}, maps(4, 9, 9))), Family::gpuMlpconv);
}

TEST(Family, IsNoneOfWhatComputesNothing) {
  KernelSpec spec = onCpu(Unary{UnaryKind::relu}, vectorOf(4));
  spec.op = Input{vectorOf(4)};
  EXPECT_EQ(familyOf(spec), std::nullopt);
}

TEST(ScheduleChoice, OfAnMlpconvSaysWhatTheCostModelExpects) {
  const KernelSpec spec = onCpu(Mlpconv{{layer(192, 5), layer(192, 1)}, {}}, maps(96, 16, 16));
  const ScheduleChoice choice = chooseSchedule(spec, Exactness::fast);
  EXPECT_THAT(choice.why, MatchesRegex("[0-9]+ thousand cycles expected, .* would take [0-9]+"));
  EXPECT_GT(choice.expectedCost, 0);
  EXPECT_EQ(choice.schedule, defaultSchedule(spec));
  EXPECT_THAT(chooseSchedule(spec, Exactness::exact).why, Not(HasSubstr("would take")));
}

TEST(ScheduleChoice, OnADeviceSaysTheClocksThatAreExpected) {
  const KernelSpec spec = onDevice(Mlpconv{{layer(64, 3), layer(32, 1)}, {}}, maps(16, 16, 16));
  const ScheduleChoice choice = chooseSchedule(spec, Exactness::fast);
  EXPECT_THAT(choice.why, MatchesRegex("[0-9]+ thousand clocks expected"));
  EXPECT_EQ(choice.expectedCost, predictClocks(spec, std::get<GpuMlpconvSchedule>(choice.schedule.choice)));
}

TEST(ScheduleChoice, OfOtherKernelsNeedsNoWords) {
  EXPECT_EQ(chooseSchedule(onCpu(Unary{UnaryKind::relu}, vectorOf(4)), Exactness::fast).why, "");
  EXPECT_EQ(chooseSchedule(onDevice(Unary{UnaryKind::relu}, vectorOf(4)), Exactness::fast).why, "");
}

} // namespace
} // namespace ninc

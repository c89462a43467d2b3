#include "codegen/halide/code/PrefetchHints.h"

#include <array>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

// 0F 18 ModRM: how often each of the eight hints stands in the bytes.
std::array<int, 8> hintsIn(const std::vector<std::byte> &object) {
  std::array<int, 8> counts{};
  for (std::size_t i = 0; i + 2 < object.size(); ++i)
    if (object[i] == std::byte{0x0f} && object[i + 1] == std::byte{0x18})
      ++counts[std::to_integer<std::size_t>(object[i + 2]) >> 3 & 7];
  return counts;
}

TEST(PrefetchHints, StreamedWeightsGoIntoAllCaches) {
  Mlpconv op;
  op.layers = {{64, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, 1, true, {}, nullptr, nullptr},
               {64, {}, 1, true, {}, nullptr, nullptr}};
  const KernelCase test{.op = op, .inputs = {maps(16, 6, 6)}, .outputLayout = Layout::hwc};
  const KernelSpec spec = specOf(test, parseTarget("x86-64-v3").value());
  constexpr std::size_t nonTemporal = 0, allCaches = 1;
  for (const MlpconvSchedule &schedule : candidateSchedules(spec, Exactness::exact)) {
    Result<Kernel> kernel = compileKernel(spec, {schedule}, "kernel");
    ASSERT_TRUE(kernel) << kernel.error().message;
    const std::array<int, 8> hints = hintsIn(kernel->object);
    EXPECT_EQ(hints[nonTemporal], 0) << toString(schedule);
    EXPECT_EQ(hints[allCaches] > 0, schedule.wholeLayers > 0) << toString(schedule);
  }
}

TEST(PrefetchHints, WhatIsNoObjectIsAnError) {
  std::string text = "no object";
  EXPECT_FALSE(prefetchIntoAllCaches(text, parseTarget("x86-64-v3").value()));
  EXPECT_TRUE(prefetchIntoAllCaches(text, parseTarget("aarch64").value()));
  EXPECT_EQ(text, "no object");
}

} // namespace
} // namespace ninc

// One layout of weights for kernels of several CPUs, sizes and numbers of images.
#include "codegen/schedule/SharedChoice.h"

#include <gtest/gtest.h>

#include "codegen/schedule/mlpconv/MlpconvCandidates.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

KernelSpec mlpconvSpec() {
  Mlpconv op;
  for (const std::int64_t outputs : {192, 96}) {
    Window window;
    if (op.layers.empty()) window = {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}};
    op.layers.push_back({outputs, window, 1, true, Unary{UnaryKind::relu}, nullptr, nullptr});
  }
  return specOf({.op = op, .inputs = {maps(64, 16, 16)}, .outputLayout = Layout::hwc},
                parseTarget("x86-64-v3").value());
}

KernelSpec on(KernelSpec spec, const char *target) {
  spec.target = parseTarget(target).value();
  return spec;
}

std::vector<KernelSpec> onAllLevels(const KernelSpec &spec) {
  return {on(spec, "x86-64-v2"), on(spec, "x86-64-v3"), on(spec, "x86-64-v4")};
}

const MlpconvSchedule &mlpconvOf(const ScheduleChoice &choice) {
  return std::get<MlpconvSchedule>(choice.schedule.choice);
}

double objectiveOf(const KernelSpec &spec, const MlpconvSchedule &schedule) {
  return predictCost(spec, schedule, 1).total() + 2 * predictCost(spec, schedule, 2).total();
}

std::vector<ScheduleChoice> choose(const std::vector<KernelSpec> &specs, double slack) {
  return chooseSharing(specs, std::vector<std::optional<ScheduleChoice>>(specs.size()), Exactness::fast,
                       slack);
}

TEST(SharedChoice, CostsNobodyMoreThanTheSlack) {
  const std::vector<KernelSpec> specs = onAllLevels(mlpconvSpec());
  for (const double slack : {1.0, 1.05, 1.2}) {
    const std::vector<ScheduleChoice> choices = choose(specs, slack);
    ASSERT_EQ(choices.size(), specs.size());
    for (std::size_t i = 0; i < specs.size(); ++i) {
      EXPECT_TRUE(checkLegal(specs[i], choices[i].schedule));
      const double alone = chooseMlpconvSchedule(specs[i], Exactness::fast).objective;
      EXPECT_LE(objectiveOf(specs[i], mlpconvOf(choices[i])), slack * alone * 1.0001) << i;
    }
  }
}

TEST(SharedChoice, WithSlackEnoughAllHaveOneLayout) {
  const std::vector<KernelSpec> specs = onAllLevels(mlpconvSpec());
  const std::vector<ScheduleChoice> choices = choose(specs, 3);
  const WeightLayout layout = layoutOf(mlpconvOf(choices[2]), specs[2].cpu());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    EXPECT_EQ(layoutOf(mlpconvOf(choices[i]), specs[i].cpu()).winograd, layout.winograd) << i;
    EXPECT_EQ(layoutOf(mlpconvOf(choices[i]), specs[i].cpu()).panels.front(), layout.panels.front()) << i;
  }
}

TEST(SharedChoice, WhatIsGivenStaysAndOthersMayJoinIt) {
  const std::vector<KernelSpec> specs = {on(mlpconvSpec(), "x86-64-v4"), on(mlpconvSpec(), "x86-64-v3")};
  const Schedule tuned = defaultSchedule(specs[0], Exactness::exact);
  std::vector<std::optional<ScheduleChoice>> given(2);
  given[0] = ScheduleChoice(tuned, "by a test");
  const std::vector<ScheduleChoice> choices = chooseSharing(specs, given, Exactness::fast, 10);
  EXPECT_EQ(choices[0].schedule, tuned);
  EXPECT_EQ(choices[0].why, "by a test");
  const WeightLayout wanted =
      fitted(layoutOf(mlpconvOf(choices[0]), specs[0].cpu()), MlpconvProblem(specs[1]));
  const WeightLayout found = layoutOf(mlpconvOf(choices[1]), specs[1].cpu());
  EXPECT_EQ(found.winograd, wanted.winograd);
  for (std::size_t i = 0; i < wanted.panels.size(); ++i)
    if (wanted.panels[i] > 0) {
      EXPECT_EQ(found.panels[i], wanted.panels[i]) << i;
    }
}

} // namespace
} // namespace ninc

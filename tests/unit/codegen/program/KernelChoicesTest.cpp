// Schedules for a model's kernels and what is to be compiled for them, without compiling anything.
#include "codegen/program/KernelChoices.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/target/Targets.h"
#include "frontend/text/Parser.h"
#include "ir/Weights.h"
#include "passes/Passes.h"

namespace ninc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Two stages alike, a pool, and one of other sizes.
constexpr const char *text = "model m\nweights random seed 1\nx = input f32[16, 12, 12]\n"
                             "a = mlpconv x [conv 3x3 pad 1 -> 16]\n"
                             "q = max_pool a 3x3 stride 1 pad 1\n"
                             "b = mlpconv q [conv 3x3 pad 1 -> 16]\n"
                             "r = max_pool b 3x3 stride 1 pad 1\n"
                             "c = mlpconv r [conv 3x3 pad 1 -> 16]\n"
                             "d = global_avg_pool c\noutput d\n";

struct Model {
  Graph graph;
  CompileOptions options;

  explicit Model(const char *target = "x86-64-v3") : graph("m") {
    Diagnostics diagnostics;
    graph = parseModel(text, diagnostics).value();
    EXPECT_TRUE(bindWeights(graph, std::filesystem::path(), diagnostics));
    PassContext context{diagnostics};
    EXPECT_TRUE(runPipeline(graph, context));
    Targets targets = parseTargets(target).value();
    options.target = targets.cpu;
    options.devices = targets.devices;
  }

  ModelPlan plan() const {
    const auto device = options.devices.empty() ? std::nullopt : std::optional(options.devices[0]);
    return planModel(graph, options.planOptions(device)).value();
  }
};

TEST(KernelChoices, EqualKernelsAreCompiledOnce) {
  const Model model;
  const ModelPlan plan = model.plan();
  const KernelChoices chosen = chooseKernels(model.graph, plan, model.options).value();
  ASSERT_EQ(chosen.requestOf.size(), plan.kernels.size());
  for (std::size_t i = 0; i < plan.kernels.size(); ++i) {
    EXPECT_EQ(chosen.requests[chosen.requestOf[i]].spec, plan.kernels[i].spec);
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_EQ(chosen.requestOf[i] == chosen.requestOf[j], plan.kernels[i].spec == plan.kernels[j].spec);
  }
  EXPECT_LT(chosen.requests.size(), plan.kernels.size());
}

TEST(KernelChoices, ReasonsNameKernelScheduleAndWhatWasExpected) {
  const Model model;
  const KernelChoices chosen = chooseKernels(model.graph, model.plan(), model.options).value();
  ASSERT_FALSE(chosen.reasons.empty());
  EXPECT_EQ(chosen.reasons[0].kernel, "a");
  EXPECT_THAT(chosen.reasons[0].text,
              StartsWith(toString(chosen.requests[chosen.requestOf[0]].schedule) + ": "));
  EXPECT_THAT(chosen.reasons[0].text, HasSubstr("thousand cycles expected"));
  EXPECT_EQ(chosen.reasons[0].device, "");
}

TEST(KernelChoices, WhoKnowsBetterIsAskedFirstAndMayLeaveItToTheCostModel) {
  Model model;
  const KernelChoices usual = chooseKernels(model.graph, model.plan(), model.options).value();
  model.options.chooseSchedule = [](const KernelSpec &spec,
                                    const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    if (name != "b") return std::nullopt;
    return ScheduleChoice(defaultSchedule(spec, Exactness::exact), "by a test");
  };
  const ModelPlan plan = model.plan();
  const KernelChoices chosen = chooseKernels(model.graph, plan, model.options).value();
  bool saidSo = false;
  for (const ScheduleReason &reason : chosen.reasons)
    saidSo |= reason.kernel == "b" && reason.text.ends_with(": by a test");
  EXPECT_TRUE(saidSo);
  for (std::size_t i = 0; i < plan.kernels.size(); ++i)
    if (plan.kernels[i].name != "b") {
      EXPECT_EQ(chosen.requests[chosen.requestOf[i]].schedule, usual.requests[usual.requestOf[i]].schedule);
    }
}

TEST(KernelChoices, AnErrorOfWhoKnowsBetterEndsIt) {
  Model model;
  model.options.chooseSchedule = [](const KernelSpec &,
                                    const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    return fail("nothing for " + name);
  };
  const auto chosen = chooseKernels(model.graph, model.plan(), model.options);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().message, "nothing for a");
}

TEST(KernelChoices, ASchedulesBeyondADevicesLimitsNamesTheKernel) {
  Model model("x86-64-v3+opencl");
  model.options.chooseSchedule = [](const KernelSpec &spec,
                                    const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    Schedule schedule = defaultSchedule(spec);
    if (name == "b") std::get<GpuMlpconvSchedule>(schedule.choice).channelThreads = 100000;
    return ScheduleChoice(schedule);
  };
  const auto chosen = chooseKernels(model.graph, model.plan(), model.options);
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().message, StartsWith("'b' can't be computed on opencl: threads"));
}

} // namespace
} // namespace ninc

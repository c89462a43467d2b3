// Schedules for a model's kernels and what is to be compiled for them, without compiling anything.
#include "codegen/program/KernelChoices.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/SharedChoice.h"
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

struct Chosen : KernelChoices {
  std::vector<KernelRequest> requests;
};

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
    options.targets = targets.cpus;
    options.devices = targets.devices;
  }

  // Of the only version.
  Result<Chosen> choose() const {
    KernelChooser chooser(options);
    auto choices = chooser.choose(graph, plan());
    if (!choices) return tl::unexpected(choices.error());
    return Chosen{std::move(*choices), chooser.requests()};
  }

  ModelPlan plan() const {
    const auto device = options.devices.empty() ? std::nullopt : std::optional(options.devices[0]);
    return planModel(graph, options.planOptions(device)).value();
  }
};

TEST(KernelChoices, EqualKernelsAreCompiledOnce) {
  const Model model;
  const ModelPlan plan = model.plan();
  const Chosen chosen = model.choose().value();
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
  const Chosen chosen = model.choose().value();
  ASSERT_FALSE(chosen.reasons.empty());
  EXPECT_EQ(chosen.reasons[0].kernel, "a");
  EXPECT_THAT(chosen.reasons[0].text,
              StartsWith(toString(chosen.requests[chosen.requestOf[0]].schedule) + ": "));
  EXPECT_THAT(chosen.reasons[0].text, HasSubstr("thousand cycles expected"));
  EXPECT_EQ(chosen.reasons[0].target, "");
}

TEST(KernelChoices, WhoKnowsBetterIsAskedFirstAndMayLeaveItToTheCostModel) {
  Model model;
  const Chosen usual = model.choose().value();
  model.options.chooseSchedule = [](const KernelSpec &spec,
                                    const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    if (name != "b") return std::nullopt;
    return ScheduleChoice(defaultSchedule(spec, Exactness::exact), "by a test");
  };
  const ModelPlan plan = model.plan();
  const Chosen chosen = model.choose().value();
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
  const auto chosen = model.choose();
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
  const auto chosen = model.choose();
  ASSERT_FALSE(chosen);
  EXPECT_THAT(chosen.error().message, StartsWith("'b' can't be computed on opencl: threads"));
}

// Weights are the same for all versions, so their schedules are chosen together.
TEST(KernelChoices, OfSeveralVersionsShareAsTheySayTogether) {
  const Model model("x86-64-v3,x86-64-v4");
  KernelChooser chooser(model.options);
  std::vector<ModelPlan> plans;
  std::vector<KernelSpec> variants; // of 'a'
  for (const Target &target : model.options.targets) {
    plans.push_back(planModel(model.graph, model.options.planOptions(KernelTarget(target))).value());
    variants.push_back(plans.back().kernels[0].spec);
    chooser.expect(plans.back());
  }
  const std::vector<ScheduleChoice> together =
      chooseSharing(variants, std::vector<std::optional<ScheduleChoice>>(2), Exactness::fast, 1.1);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const KernelChoices choices = chooser.choose(model.graph, plans[i]).value();
    EXPECT_EQ(chooser.requests()[choices.requestOf[0]].schedule, together[i].schedule);
    EXPECT_EQ(choices.reasons[0].target, model.options.targets[i].name);
  }
}

} // namespace
} // namespace ninc

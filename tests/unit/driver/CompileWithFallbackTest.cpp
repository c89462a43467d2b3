#include "driver/CompileWithFallback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codegen/plan/ModelPlan.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A compile that asks for the small model's kernel's schedule and fails where it was tuned, or always.
class Fallback : public Scene {
protected:
  Result<CompileReport> compiled(const std::shared_ptr<TunedSchedules> &tuned, bool fails = false) {
    const CompileOptions options = compileOptions(resolve(request()).value());
    const KernelSpec spec =
        planModel(optimise(small(), {}).value(), options.planOptions())->kernels.front().spec;
    const auto once = [&](const CompileOptions &with) -> Result<CompileReport> {
      tried.push_back(with.chooseSchedule(spec, "prob").value() ? "tuned" : "default");
      if (fails || tried.back() == "tuned") return fail("no code came out");
      return CompileReport{};
    };
    Diagnostics diagnostics;
    Result<CompileReport> report = compileWithFallback(once, options, {}, tuned, diagnostics);
    listener().ofRest(diagnostics);
    return report;
  }
  // With a record of that kernel, for that CPU.
  std::shared_ptr<TunedSchedules> recordsFor(const std::string &cpu) {
    const CompileOptions options = compileOptions(resolve(request()).value());
    Verdict verdict;
    verdict.key =
        keyFor(planModel(optimise(small(), {}).value(), options.planOptions())->kernels.front().spec,
               Exactness::fast, 1, cpu);
    verdict.schedule = direct;
    verdict.date = "2026-11-24T22:40:01Z";
    auto tuned = std::make_shared<TunedSchedules>("this CPU", 1);
    tuned->add({{verdict}, 0, ""}, "my records");
    return tuned;
  }
  std::vector<std::string> tried;
};

TEST_F(Fallback, WithoutRecordsThereIsOneCompile) {
  EXPECT_TRUE(compiled(recordsFor("another CPU")));
  EXPECT_THAT(tried, ElementsAre("default"));
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Fallback, RecordsThatCannotBeCompiledCostAWarning) {
  EXPECT_TRUE(compiled(recordsFor("this CPU")));
  EXPECT_THAT(tried, ElementsAre("tuned", "default"));
  EXPECT_THAT(
      told, ElementsAre("tuned schedules couldn't be compiled, the cost model's are used: no code came out"));
}

TEST_F(Fallback, WhatFailsWithoutRecordsIsTheError) {
  const Result<CompileReport> report = compiled(recordsFor("another CPU"), true);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "no code came out");
  EXPECT_THAT(tried, ElementsAre("default"));
}

TEST_F(Fallback, WhatFailsBothWaysIsTheErrorAndNoWarning) {
  EXPECT_FALSE(compiled(recordsFor("this CPU"), true));
  EXPECT_THAT(tried, ElementsAre("tuned", "default"));
  EXPECT_THAT(told, IsEmpty());
}

} // namespace
} // namespace ninc

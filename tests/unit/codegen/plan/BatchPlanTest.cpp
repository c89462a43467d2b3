// How a batch goes through a model, without compiling anything.
#include "codegen/plan/BatchPlan.h"

#include <gtest/gtest.h>

#include "frontend/text/Parser.h"
#include "passes/Passes.h"

namespace ninc {
namespace {

struct Planned {
  Graph graph;
  std::vector<Node> order;
  PlanOptions options;
  BatchPlan plan;
};

Planned planned(const char *text, std::int64_t batch) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  EXPECT_TRUE(graph);
  PassContext context{diagnostics};
  EXPECT_TRUE(runPipeline(*graph, context, {}));
  Planned planned{std::move(*graph), {}, {parseTarget("x86-64-v4").value(), batch, Exactness::fast}, {}};
  for (Node node : planned.graph.topologicalOrder())
    if (!planned.graph.as<Input>(node)) planned.order.push_back(node);
  planned.plan = planBatch(planned.graph, planned.order, planned.options);
  return planned;
}

constexpr const char *heavy = "model heavy\nweights random seed 1\nx = input f32[384, 6, 6]\n"
                              "y = mlpconv x [conv 3x3 pad 1 -> 1024, 1024]\n"
                              "z = global_avg_pool y\noutput z\n";

TEST(BatchPlan, GroupsDivideTheBatchAndCallsDivideTheGroup) {
  for (std::int64_t batch : {1, 2, 7, 16, 1000}) {
    const BatchPlan plan = planned(heavy, batch).plan;
    EXPECT_EQ(batch % plan.group, 0);
    for (std::int64_t images : plan.images)
      EXPECT_EQ(plan.group % images, 0);
  }
}

TEST(BatchPlan, ImagesShareWeightsThatExceedTheCache) {
  EXPECT_EQ(planned(heavy, 1).plan.group, 1);
  EXPECT_GE(planned(heavy, 16).plan.images[0], 8);
}

// A schedule that planning has made is the one that the kernel would get anyway.
TEST(BatchPlan, HandsOnTheSchedulesItWasFoundOutWith) {
  const Planned many = planned(heavy, 16);
  for (std::size_t i = 0; i < many.order.size(); ++i) {
    KernelSpec spec = kernelSpecOf(many.graph, many.order[i], many.options.target);
    ASSERT_EQ(many.plan.usual[i].has_value(), canComputeImages(spec));
    if (!many.plan.usual[i]) continue;
    spec.images = many.plan.images[i];
    const ScheduleChoice chosen = chooseSchedule(spec, Exactness::fast);
    EXPECT_EQ(many.plan.usual[i]->schedule, chosen.schedule);
    EXPECT_EQ(many.plan.usual[i]->why, chosen.why);
  }
  for (const auto &usual : planned(heavy, 1).plan.usual)
    EXPECT_FALSE(usual) << "of single images nothing is found out";
}

} // namespace
} // namespace ninc

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
  std::vector<BatchPlan> groups;
  BatchPlan plan; // the first of them
};

Planned planned(const char *text, std::int64_t batch, bool anyBatch = false) {
  Diagnostics diagnostics;
  std::optional<Graph> graph = parseModel(text, diagnostics);
  EXPECT_TRUE(graph);
  PassContext context{diagnostics};
  EXPECT_TRUE(runPipeline(*graph, context, {}));
  Planned planned{
      std::move(*graph), {}, {parseTarget("x86-64-v4").value(), batch, anyBatch, Exactness::fast}, {}, {}};
  for (Node node : planned.graph.topologicalOrder())
    if (!planned.graph.as<Input>(node)) planned.order.push_back(node);
  planned.groups = planBatch(planned.graph, planned.order, planned.options);
  planned.plan = planned.groups.front();
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

TEST(BatchPlan, OfAnyBatchEndsInSingleImages) {
  const Planned any = planned(heavy, 16, true);
  EXPECT_GT(any.groups.size(), 1u);
  EXPECT_EQ(any.groups.back().group, 1);
  for (std::size_t i = 1; i < any.groups.size(); ++i)
    EXPECT_LT(any.groups[i].group, any.groups[i - 1].group);
  for (const BatchPlan &plan : any.groups)
    for (const std::int64_t images : plan.images)
      EXPECT_EQ(plan.group % images, 0);
}

// What a number of images costs by the rule of runtime/cpu/run.c.
double costOf(std::int64_t images, const std::vector<std::int64_t> &groups,
              const std::vector<double> &costs) {
  double cost = 0;
  for (const std::int64_t group : groups)
    for (; images >= group; images -= group)
      cost += costs[static_cast<std::size_t>(group - 1)];
  return cost;
}

TEST(GroupsForAnyBatch, OneIsEnoughWhereImagesShareNothing) {
  EXPECT_EQ(groupsForAnyBatch({1, 2, 3, 4, 5, 6}, 6, 1.03), std::vector<std::int64_t>{1});
  EXPECT_EQ(groupsForAnyBatch({0, 0, 0}, 3, 1.03), std::vector<std::int64_t>{1}) << "nothing is known";
}

// 10 for the weights, 1 an image: seven images in groups of 4, 2 and 1 would cost 37 instead of 17.
TEST(GroupsForAnyBatch, NoNumberOfImagesCostsMuchMoreThanInGroupsOfItsOwn) {
  for (const double weights : {0.1, 1.0, 10.0}) {
    std::vector<double> costs;
    for (int images = 1; images <= 16; ++images)
      costs.push_back(weights + images);
    const std::vector<std::int64_t> groups = groupsForAnyBatch(costs, 16, 1.03);
    EXPECT_EQ(groups.back(), 1);
    for (std::int64_t images = 1; images <= 16; ++images)
      EXPECT_LE(costOf(images, groups, costs), 1.03 * (weights + static_cast<double>(images)))
          << images << " images, weights " << weights;
  }
}

TEST(GroupsForAnyBatch, ABatchMayExceedTheLargestGroup) {
  const std::vector<std::int64_t> groups = groupsForAnyBatch({11, 12, 13, 14}, 100, 1.03);
  EXPECT_EQ(groups, (std::vector<std::int64_t>{4, 3, 2, 1}));
}

} // namespace
} // namespace ninc

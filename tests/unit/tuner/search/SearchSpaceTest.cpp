#include "tuner/search/SearchSpace.h"

#include <gtest/gtest.h>
#include <set>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/tuner/Specs.h"

namespace ninc {
namespace {

using testing::denseSpec;
using testing::expectWorthTrying;
using testing::mlpconvSpec;
using testing::poolSpec;

std::vector<KernelSpec> everyKindOn(const char *target) {
  const PoolEpilogue pool{PoolKind::max, {{2, 2}, {2, 2}, {1, 1}, {}}, PoolExtent::floor, false};
  KernelSpec batch = mlpconvSpec({32, 16}, 16, 12, target);
  batch.images = 4;
  return {mlpconvSpec({48, 32, 10}, 3, 13, target),
          mlpconvSpec({32, 16}, 16, 12, target, GapEpilogue{true, false}),
          mlpconvSpec({32, 16}, 16, 12, target, pool),
          mlpconvSpec({1}, 1, 3, target),
          batch,
          poolSpec(target),
          denseSpec(target)};
}

const char *const targets[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"};

TEST(RankedSchedules, BeginWithTheDefaultAreLegalAndDontRepeat) {
  for (const char *target : targets)
    for (const KernelSpec &spec : everyKindOn(target))
      for (int threads : {1, 2})
        expectWorthTrying(spec, rankedSchedules(spec, Exactness::fast, threads, 30), 30);
}

TEST(RankedSchedules, HoldBothAlgorithmsAndDifferentNumbersOfWholeLayers) {
  std::set<bool> winograd;
  std::set<int> whole;
  for (const RankedSchedule &ranked : rankedSchedules(mlpconvSpec({48, 32}, 32), Exactness::fast, 1, 30)) {
    const auto &schedule = std::get<MlpconvSchedule>(ranked.schedule.choice);
    winograd.insert(schedule.winograd.has_value());
    whole.insert(schedule.wholeLayers);
    EXPECT_GT(ranked.predictedCycles, 0);
  }
  EXPECT_EQ(winograd.size(), 2u);
  EXPECT_EQ(whole, (std::set{0, 1, 2}));
}

TEST(RankedSchedules, HoldNoTransformsWhereSumsMustBeExact) {
  for (const RankedSchedule &ranked : rankedSchedules(mlpconvSpec({48, 32}, 32), Exactness::exact, 1, 30))
    EXPECT_FALSE(std::get<MlpconvSchedule>(ranked.schedule.choice).winograd);
}

TEST(Neighbours, AreLegalDifferentAndNotTheScheduleItself) {
  for (const char *target : targets)
    for (const KernelSpec &spec : everyKindOn(target)) {
      const Schedule from = defaultSchedule(spec);
      std::set<std::string> texts = {toString(from)};
      for (const RankedSchedule &next : neighboursOf(spec, from, Exactness::fast, 2)) {
        EXPECT_TRUE(checkLegal(spec, next.schedule)) << toString(next.schedule);
        EXPECT_TRUE(texts.insert(toString(next.schedule)).second) << toString(next.schedule);
      }
      EXPECT_GT(texts.size(), 1u) << toString(spec);
    }
}

TEST(Neighbours, ChangeEveryChoice) {
  const KernelSpec spec = mlpconvSpec({48, 32}, 32);
  Schedule from;
  for (const RankedSchedule &ranked : rankedSchedules(spec, Exactness::fast, 2, 30))
    if (const auto &schedule = std::get<MlpconvSchedule>(ranked.schedule.choice);
        schedule.winograd && schedule.wholeLayers == 1)
      from = ranked.schedule;
  const auto &before = std::get<MlpconvSchedule>(from.choice);
  ASSERT_TRUE(before.winograd);
  std::set<std::string> changed;
  for (const RankedSchedule &next : neighboursOf(spec, from, Exactness::fast, 2)) {
    const auto &after = std::get<MlpconvSchedule>(next.schedule.choice);
    if (after.winograd != before.winograd) changed.insert("algorithm");
    if (after.wholeLayers != before.wholeLayers) changed.insert("whole");
    if (after.panelVectors != before.panelVectors) changed.insert("panels");
    if (after.tilePixels != before.tilePixels) changed.insert("tiles");
    if (after.blockPixels != before.blockPixels) changed.insert("block");
    if (after.groupTiles != before.groupTiles) changed.insert("group");
    if (after.reductionUnroll != before.reductionUnroll) changed.insert("unroll");
    if (after.pixelsOuter != before.pixelsOuter) changed.insert("order");
    if (after.prefetchBytes != before.prefetchBytes) changed.insert("prefetch");
    if (after.parallel != before.parallel) changed.insert("parallel");
  }
  EXPECT_EQ(changed, (std::set<std::string>{"algorithm", "whole", "panels", "tiles", "block", "group",
                                            "unroll", "order", "prefetch", "parallel"}));
}

// A library tuned for one thread may still be given a team.
TEST(Neighbours, KeepParallelLoopsWhenTunedForOneThread) {
  for (const KernelSpec &spec : everyKindOn("x86-64-v3")) {
    const Schedule from = defaultSchedule(spec);
    for (const RankedSchedule &next : neighboursOf(spec, from, Exactness::fast, 1))
      if (const auto *loop = std::get_if<LoopSchedule>(&next.schedule.choice)) {
        EXPECT_EQ(loop->tasks, std::get<LoopSchedule>(from.choice).tasks);
      }
  }
}

} // namespace
} // namespace ninc

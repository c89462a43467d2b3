// The space of devices' schedules, and the search through it, without a device.
#include "tuner/search/GpuMoves.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

#include "codegen/schedule/ScheduleText.h"
#include "codegen/schedule/gpu/GpuMlpconvChoice.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/search/Search.h"

namespace ninc {
namespace {

using testing::denseSpec;
using testing::expectWorthTrying;
using testing::mlpconvSpec;
using testing::onDevice;
using testing::poolSpec;

std::vector<KernelSpec> everyKindOn(const char *device) {
  const PoolEpilogue pool{PoolKind::max, {{2, 2}, {2, 2}, {1, 1}, {}}, PoolExtent::floor, false};
  return {onDevice(mlpconvSpec({48, 32, 10}, 3, 13), device, 4),
          onDevice(mlpconvSpec({32, 16}, 16, 12, "x86-64-v3", GapEpilogue{true, false}), device),
          onDevice(mlpconvSpec({32, 16}, 16, 12, "x86-64-v3", pool), device),
          onDevice(mlpconvSpec({64}, 16), device, 2),
          onDevice(mlpconvSpec({1}, 1, 3), device),
          onDevice(poolSpec(), device),
          onDevice(denseSpec(), device)};
}

const char *const devices[] = {"opencl", "sm_50", "sm_86"};

TEST(DeviceSchedules, RankedOnesBeginWithTheDefaultAreLegalAndDontRepeat) {
  for (const char *device : devices)
    for (const KernelSpec &spec : everyKindOn(device))
      expectWorthTrying(spec, rankedSchedules(spec, Exactness::fast, 1, 30), 30);
}

TEST(DeviceSchedules, AreTheSameEveryTime) {
  for (const KernelSpec &spec : everyKindOn("opencl")) {
    const auto once = rankedSchedules(spec, Exactness::fast, 1, 30);
    const auto twice = rankedSchedules(spec, Exactness::fast, 1, 30);
    ASSERT_EQ(once.size(), twice.size());
    for (std::size_t i = 0; i < once.size(); ++i)
      EXPECT_EQ(once[i].schedule, twice[i].schedule);
  }
}

TEST(DeviceSchedules, RankedOnesHoldSeveralStructuresWithAnOpinionOnEach) {
  const KernelSpec spec = onDevice(mlpconvSpec({48, 32}, 32, 24), "sm_86", 8);
  std::set<bool> staged;
  std::set<int> channels;
  for (const RankedSchedule &ranked : rankedSchedules(spec, Exactness::fast, 1, 30)) {
    const auto &schedule = std::get<GpuMlpconvSchedule>(ranked.schedule.choice);
    staged.insert(schedule.stagesInput);
    channels.insert(schedule.threadChannels);
    EXPECT_GT(ranked.predictedCycles, 0);
  }
  EXPECT_EQ(staged.size(), 2u);
  EXPECT_GE(channels.size(), 3u);
}

TEST(GpuMlpconvStructures, AreLegalAndDifferent) {
  for (const char *device : devices)
    for (const KernelSpec &spec : everyKindOn(device)) {
      if (!std::holds_alternative<GpuMlpconvSchedule>(defaultSchedule(spec).choice)) continue;
      std::set<std::string> kinds;
      for (const GpuMlpconvSchedule &structure : gpuMlpconvStructures(spec)) {
        EXPECT_TRUE(checkLegal(spec, structure)) << toString(structure);
        EXPECT_TRUE(kinds.insert(structureOf({structure})).second) << toString(structure);
      }
    }
}

TEST(GpuMlpconvMoves, AreLegalAndNotTheScheduleItself) {
  for (const char *device : devices)
    for (const KernelSpec &spec : everyKindOn(device)) {
      const Schedule usual = defaultSchedule(spec);
      const auto *from = std::get_if<GpuMlpconvSchedule>(&usual.choice);
      if (!from) continue;
      const std::vector<GpuMlpconvSchedule> moves = gpuMlpconvMoves(spec, *from);
      EXPECT_FALSE(moves.empty()) << toString(spec);
      for (const GpuMlpconvSchedule &next : moves) {
        EXPECT_TRUE(checkLegal(spec, next)) << toString(next);
        EXPECT_NE(next, *from);
      }
    }
}

TEST(GpuMlpconvMoves, ChangeEveryChoice) {
  const KernelSpec spec = onDevice(mlpconvSpec({64}, 16, 24), "sm_86", 4);
  const GpuMlpconvSchedule from{.blockColumns = 8,
                                .blockRows = 2,
                                .threadChannels = 4,
                                .threadPixels = 4,
                                .channelThreads = 16,
                                .unroll = 4,
                                .stagesInput = true,
                                .slices = 2};
  ASSERT_TRUE(checkLegal(spec, from));
  std::set<std::string> changed;
  for (const GpuMlpconvSchedule &next : gpuMlpconvMoves(spec, from)) {
    if (next.blockColumns != from.blockColumns) changed.insert("columns");
    if (next.blockRows != from.blockRows) changed.insert("rows");
    if (next.threadChannels != from.threadChannels) changed.insert("channels");
    if (next.threadPixels != from.threadPixels) changed.insert("pixels");
    if (next.channelThreads != from.channelThreads) changed.insert("threads");
    if (next.unroll != from.unroll) changed.insert("unroll");
    if (next.stagesInput != from.stagesInput) changed.insert("staged");
    if (next.slices != from.slices) changed.insert("slices");
  }
  EXPECT_EQ(changed, (std::set<std::string>{"columns", "rows", "channels", "pixels", "threads", "unroll",
                                            "staged", "slices"}));
}

// Which maps go through memory: one move adds one or takes it back, and the search begins with nothing,
// the last and all of them stored.
TEST(GpuMlpconvMoves, StoreMapsAndTakeThatBack) {
  const KernelSpec spec =
      onDevice(mlpconvSpec({32, 16}, 16, 12, "x86-64-v3", GapEpilogue{true, false}), "sm_86");
  auto reached = [&](const std::vector<GpuMlpconvSchedule> &schedules) {
    std::set<std::vector<int>> stored;
    for (const GpuMlpconvSchedule &schedule : schedules)
      stored.insert(schedule.storedMaps);
    return stored;
  };
  const GpuMlpconvSchedule whole = defaultGpuMlpconvSchedule(spec);
  ASSERT_TRUE(whole.storedMaps.empty());
  const std::vector<GpuMlpconvSchedule> moves = gpuMlpconvMoves(spec, whole);
  EXPECT_EQ(reached(moves), (std::set<std::vector<int>>{{}, {0}, {1}}));
  const auto apart = std::ranges::find(moves, std::vector{1}, &GpuMlpconvSchedule::storedMaps);
  EXPECT_EQ(reached(gpuMlpconvMoves(spec, *apart)), (std::set<std::vector<int>>{{1}, {}, {0, 1}}));
  EXPECT_EQ(reached(gpuMlpconvStructures(spec)), (std::set<std::vector<int>>{{}, {1}, {0, 1}}));
}

TEST(GpuLoopAndReductionSchedules, AreLegalDifferentAndHoldTheDefault) {
  for (const char *device : devices) {
    const KernelSpec pool = onDevice(poolSpec(), device), dense = onDevice(denseSpec(), device);
    const auto loops = gpuLoopSchedules(pool);
    EXPECT_GE(loops.size(), 5u);
    EXPECT_EQ(std::ranges::count(loops, defaultGpuLoopSchedule(pool)), 1);
    const auto reductions = gpuReductionSchedules(dense);
    EXPECT_GE(reductions.size(), 20u);
    EXPECT_EQ(std::ranges::count(reductions, defaultGpuReductionSchedule(dense)), 1);
    for (const GpuLoopSchedule &schedule : loops)
      EXPECT_TRUE(checkChoice(pool, schedule));
    for (const GpuReductionSchedule &schedule : reductions)
      EXPECT_TRUE(checkChoice(dense, schedule));
  }
}

// A device that likes 8 x 4 pixels a block and steps written out eight times: the time of a schedule relative
// to the default's.
double device(const Schedule &schedule) {
  const auto &s = std::get<GpuMlpconvSchedule>(schedule.choice);
  double time = 1 + 0.1 * std::abs(std::log2(s.blockColumns * s.blockRows / 32.0));
  return time + 0.05 * std::abs(std::log2(s.unroll / 8.0)) + (s.stagesInput ? 0 : 0.2);
}

TEST(KernelSearch, FindsWhatADeviceLikesNeverProposesTwiceAndEnds) {
  KernelSearch search(onDevice(mlpconvSpec({48, 32}, 32, 24), "sm_86", 8), {});
  std::set<std::string> texts;
  double best = 1e9;
  while (const auto next = search.propose()) {
    ASSERT_TRUE(texts.insert(toString(next->schedule)).second) << toString(next->schedule);
    ASSERT_LT(texts.size(), 2000u);
    const double time = device(next->schedule);
    best = std::min(best, time);
    search.learn(next->schedule, Outcome::ok, time);
  }
  EXPECT_TRUE(search.finished());
  EXPECT_LT(best, 1.06);
}

} // namespace
} // namespace ninc

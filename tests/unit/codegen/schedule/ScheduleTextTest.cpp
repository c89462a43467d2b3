// Schedules as people and files write them.
#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"

namespace ninc {
namespace {

using testing::HasSubstr;

TEST(ScheduleText, IsReadBackToTheSameSchedule) {
  MlpconvSchedule direct;
  direct.panelVectors = {3, 2};
  direct.tilePixels = {8, 12};
  direct.blockPixels = 24;
  direct.reductionUnroll = 4;
  MlpconvSchedule winograd = direct;
  winograd.wholeLayers = 1;
  winograd.winograd = WinogradTile{4, 3};
  winograd.groupTiles = 16;
  winograd.pixelsOuter = true;
  winograd.prefetchBytes = 0;
  winograd.parallel = false;
  const Schedule schedules[] = {{LoopSchedule{16, 3}},
                                {TileSchedule{8, 2, 6, true}},
                                {TileSchedule{4, 1, 1, false}},
                                {DenseSchedule{16, 4, true}},
                                {DenseSchedule{8, 1, false}},
                                {direct},
                                {winograd}};
  for (const Schedule &schedule : schedules) {
    Result<Schedule> read = parseSchedule(toString(schedule));
    ASSERT_TRUE(read) << toString(schedule) << ": " << read.error().message;
    EXPECT_EQ(*read, schedule) << toString(*read);
  }
}

TEST(ScheduleText, IsRefusedWithAReason) {
  const std::pair<const char *, const char *> cases[] = {
      {"", "direct or winograd expected"},
      {"fast", "direct or winograd expected, not 'fast'"},
      {"direct tiles 3x", "a tile such as 3x8 expected"},
      {"direct speed 3", "pixels-outer, prefetch or parallel expected, not 'speed'"},
      {"vector", "a number expected behind 'vector'"},
      {"vector 16", "a number expected behind 'panel'"},
      {"vector 16, panel 40", "a multiple of the vector expected"},
      {"vector 16, tile 3", "a tile such as 2x8 expected"},
      {"vector 16, tasks 2, parallel", "'parallel' isn't understood"},
      {"vector 16, vector 8, tasks 1", "' vector 8' isn't understood"},
      {"vector 99999999999, tasks 1", "a number expected behind 'vector'"}};
  for (const auto &[text, reason] : cases) {
    Result<Schedule> read = parseSchedule(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr(reason)) << text;
  }
}

TEST(GpuSchedules, AreReadBackFromText) {
  const GpuMlpconvSchedule tile{.blockColumns = 8,
                                .blockRows = 2,
                                .threadChannels = 4,
                                .threadPixels = 4,
                                .channelThreads = 48,
                                .unroll = 2,
                                .stagesInput = false,
                                .slices = 3};
  GpuMlpconvSchedule staged = tile;
  staged.stagesInput = true;
  GpuMlpconvSchedule stored = staged;
  stored.storedMaps = {0, 2, 11};
  for (const Schedule &schedule : {Schedule{tile}, Schedule{staged}, Schedule{stored},
                                   Schedule{GpuLoopSchedule{128}}, Schedule{GpuReductionSchedule{16, 4}}}) {
    const Result<Schedule> read = parseSchedule(toString(schedule));
    ASSERT_TRUE(read) << toString(schedule) << ": " << read.error().message;
    EXPECT_EQ(*read, schedule);
  }
  for (const char *text :
       {"block 8", "block 8x2, thread 4x4", "results 3", "block-threads x", "block-threads 8, fast",
        "block 8x2, thread 4x4, channel-threads 48, unroll 2, slices 3, stores",
        "block 8x2, thread 4x4, channel-threads 48, unroll 2, slices 3, stores 1+"})
    EXPECT_FALSE(parseSchedule(text)) << text;
}

} // namespace
} // namespace ninc

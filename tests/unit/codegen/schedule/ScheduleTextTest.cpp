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
      {"direct", "it has no tiles"},
      {"direct block 24 unroll 4", "it has no tiles"},
      {"direct tiles", "a tile such as 3x8 expected, not ''"},
      {"direct tiles 3x8,", "a tile such as 3x8 expected, not ''"},
      {"direct tiles -3x8", "a tile such as 3x8 expected, not '-3x8'"},
      {"direct tiles 3x8 tiles 2x12", "a second 'tiles'"},
      {"direct tiles 3x8 parallel parallel", "a second 'parallel'"},
      {"direct tiles 3x8 whole -1", "a number behind 'whole' expected, not '-1'"},
      {"direct tiles 3x8 group 16", "it has a group, and no winograd tiles for it"},
      {"vector", "a number expected behind 'vector'"},
      {"vector 16", "a number expected behind 'panel'"},
      {"vector 16, panel 40", "a multiple of the vector expected"},
      {"vector 16, tile 3", "a tile such as 2x8 expected"},
      {"vector 16, tasks 2, parallel", "'parallel' isn't understood"},
      {"vector 16, vector 8, tasks 1", "' vector 8' isn't understood"},
      {"vector 99999999999, tasks 1", "a number expected behind 'vector'"},
      {"vector 16, tasks -1", "a number expected behind 'tasks'"},
      {"vector 16, panel -64", "a number expected behind 'panel'"},
      {"vector 16, tasks 3,", "'' isn't understood"},
      {"vector 16, tile 2x8, parallel 0", "nothing expected behind 'parallel'"}};
  for (const auto &[text, reason] : cases) {
    Result<Schedule> read = parseSchedule(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().message, HasSubstr(reason)) << text;
  }
}

// Keys in any order, and what is as usual left out.
TEST(ScheduleText, IsReadBackFromItsOwnWritingHoweverItWasWritten) {
  const std::pair<const char *, const char *> cases[] = {
      {"direct tiles 3x8", "direct tiles 3x8 block 1 unroll 1"},
      {" direct  parallel block 24 whole 0 tiles 3x8,2x12",
       "direct tiles 3x8,2x12 block 24 unroll 1 parallel"},
      {"winograd 4x2 tiles 3x8 prefetch 4096", "winograd 4x2 tiles 3x8 group 1 block 1 unroll 1"},
      {"vector 08,tasks 3", "vector 8, tasks 3"}};
  for (const auto &[text, written] : cases) {
    const Result<Schedule> read = parseSchedule(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(toString(*read), written);
    EXPECT_EQ(parseSchedule(written).value(), *read);
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

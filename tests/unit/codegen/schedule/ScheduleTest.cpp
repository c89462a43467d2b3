#include "codegen/schedule/Schedule.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/codegen/halide/KernelCase.h"

namespace ninc {
namespace {

using testing::HasSubstr;

Target targetNamed(const char *name) {
  return parseTarget(name).value();
}

Op groupedConv(std::int64_t outputs, std::int64_t groups) {
  return Conv2d{{outputs, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, groups, true, {}, nullptr, nullptr}};
}

TEST(DefaultSchedule, IsLegalOnEveryTarget) {
  const std::vector<KernelCase> tests = {
      {.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(1)}},
      {.op = MaxPool{{{2, 2}, {2, 2}, {1, 1}, {}}, PoolExtent::floor},
       .inputs = {maps(3, 200, 200)},
       .outputLayout = Layout::hwc},
      {.op = GlobalAveragePool{}, .inputs = {maps(1000, 6, 6)}},
      {.op = Softmax{}, .inputs = {maps(21, 50, 50)}},
      {.op = groupedConv(12, 12), .inputs = {maps(12, 9, 2)}, .outputLayout = Layout::hwc},
      {.op = groupedConv(12, 4), .inputs = {maps(8, 9, 2)}, .outputLayout = Layout::hwc},
      {.op = Dense{1, true, {}, nullptr, nullptr}, .inputs = {vectorOf(100)}}};
  for (const char *name : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"})
    for (const KernelCase &test : tests) {
      const KernelSpec spec = specOf(test, targetNamed(name));
      Result<void> legal = checkLegal(spec, defaultSchedule(spec));
      EXPECT_TRUE(legal.has_value()) << toString(spec) << ": " << legal.error().message;
    }
}

TEST(DefaultSchedule, TakesTheTargetsVectorsWhereThereIsEnoughToFillThem) {
  const KernelCase wide{.op = Dense{100, true, {}, nullptr, nullptr}, .inputs = {vectorOf(10)}};
  const KernelCase narrow{.op = Dense{3, true, {}, nullptr, nullptr}, .inputs = {vectorOf(10)}};
  auto vectorOn = [](const KernelCase &test, const char *name) {
    return std::get<DenseSchedule>(defaultSchedule(specOf(test, targetNamed(name))).choice).vector;
  };
  EXPECT_EQ(vectorOn(wide, "x86-64-v2"), 4);
  EXPECT_EQ(vectorOn(wide, "x86-64-v3"), 8);
  EXPECT_EQ(vectorOn(wide, "x86-64-v4"), 16);
  EXPECT_EQ(vectorOn(narrow, "x86-64-v4"), 2);
}

TEST(DefaultSchedule, TakesHalfVectorsInLoopsWhereThoseLeaveNoTail) {
  auto vectorFor = [](std::int64_t elements) {
    const KernelSpec spec =
        specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(elements)}}, targetNamed("x86-64-v4"));
    return std::get<LoopSchedule>(defaultSchedule(spec).choice).vector;
  };
  EXPECT_EQ(vectorFor(32), 16);
  EXPECT_EQ(vectorFor(24), 8);
  EXPECT_EQ(vectorFor(20), 16); // quarters wouldn't pay
  EXPECT_EQ(vectorFor(1), 1);
}

TEST(DefaultSchedule, GivesSmallKernelsToOneThread) {
  const Target target = targetNamed("x86-64-v3");
  auto tasksFor = [&](std::int64_t elements) {
    const KernelSpec spec = specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(elements)}}, target);
    return std::get<LoopSchedule>(defaultSchedule(spec).choice).tasks;
  };
  EXPECT_EQ(tasksFor(1000), 1);
  EXPECT_GT(tasksFor(1 << 20), 1);
}

TEST(Schedule, OfAnotherFamilyIsIllegal) {
  const KernelSpec spec =
      specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(8)}}, targetNamed("x86-64-v3"));
  Result<void> legal = checkLegal(spec, {DenseSchedule{}});
  ASSERT_FALSE(legal.has_value());
  EXPECT_THAT(legal.error().message, HasSubstr("another kind of kernel than relu"));
}

TEST(Schedule, VectorsWiderThanTheirAxisOrNoPowerOfTwoAreIllegal) {
  const KernelSpec spec =
      specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(6)}}, targetNamed("x86-64-v3"));
  EXPECT_TRUE(checkLegal(spec, {LoopSchedule{4, 1}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {LoopSchedule{8, 1}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {LoopSchedule{3, 1}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {LoopSchedule{0, 1}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {LoopSchedule{4, 0}}).has_value());
}

TEST(Schedule, TilesLargerThanARowOrAGroupAreIllegal) {
  const KernelSpec spec =
      specOf({.op = groupedConv(16, 2), .inputs = {maps(4, 9, 5)}, .outputLayout = Layout::hwc},
             targetNamed("x86-64-v3"));
  EXPECT_TRUE(checkLegal(spec, {TileSchedule{8, 1, 5, false}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {TileSchedule{8, 1, 6, false}}).has_value());
  EXPECT_FALSE(checkLegal(spec, {TileSchedule{8, 2, 5, false}}).has_value());
}

TEST(Schedule, TextNamesItsChoices) {
  EXPECT_EQ(toString(Schedule{LoopSchedule{16, 3}}), "vector 16, tasks 3");
  EXPECT_EQ(toString(Schedule{TileSchedule{8, 2, 5, true}}), "vector 8, tile 2x5, parallel");
  EXPECT_EQ(toString(Schedule{DenseSchedule{8, 4, false}}), "vector 8, panel 32");
}

// Schedules other than the default compute the same.
TEST(Schedule, EveryLegalOneGivesRightResults) {
  const Target target = runnableTargets().back();
  const KernelCase pool{.op = MaxPool{{{3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}, PoolExtent::ceil},
                        .inputs = {maps(17, 9, 8)},
                        .outputLayout = Layout::hwc};
  for (LoopSchedule schedule : {LoopSchedule{1, 1}, LoopSchedule{2, 3}, LoopSchedule{16, 100}})
    expectAgreement(pool, specOf(pool, target), {schedule});
  const KernelCase conv{
      .op = groupedConv(20, 2), .inputs = {maps(4, 9, 7)}, .outputLayout = Layout::hwc, .tolerance = 5e-6};
  for (TileSchedule schedule : {TileSchedule{1, 1, 1, true}, TileSchedule{4, 2, 3, true}})
    expectAgreement(conv, specOf(conv, target), {schedule});
  const KernelCase dense{
      .op = Dense{17, true, {}, nullptr, nullptr}, .inputs = {vectorOf(9)}, .tolerance = 5e-6};
  for (DenseSchedule schedule :
       {DenseSchedule{1, 1, true}, DenseSchedule{4, 3, true}, DenseSchedule{16, 2, false}})
    expectAgreement(dense, specOf(dense, target), {schedule});
}

// Schedules come from files: what is legal must also be compiled in seconds and fit into memory.
TEST(LegalSchedules, AreBounded) {
  const Target target = targetNamed("x86-64-v3");
  const KernelSpec line = specOf({.op = Unary{UnaryKind::relu}, .inputs = {vectorOf(1 << 24)}}, target);
  const KernelSpec dense =
      specOf({.op = Dense{4096, true, {}, nullptr, nullptr}, .inputs = {vectorOf(64)}}, target);
  const KernelSpec grouped = specOf(
      {.op = groupedConv(4096, 2), .inputs = {maps(4096, 224, 224)}, .outputLayout = Layout::hwc}, target);
  const std::pair<KernelSpec, Schedule> cases[] = {{line, {LoopSchedule{1 << 20, 1}}},
                                                   {line, {LoopSchedule{8, 1 << 30}}},
                                                   {dense, {DenseSchedule{8, 1 << 27, true}}},
                                                   {dense, {DenseSchedule{1024, 1, true}}},
                                                   {grouped, {TileSchedule{1, 1024, 224, true}}}};
  for (const auto &[spec, schedule] : cases)
    EXPECT_FALSE(checkLegal(spec, schedule)) << toString(schedule);
}

// Sums beyond the registers are on the stack, of which a run has NINC_STACK_BYTES.
TEST(LegalSchedules, HaveTilesThatTheStackHasRoomFor) {
  const Target target = targetNamed("x86-64-v4"); // vectors of 64 bytes
  const KernelSpec dense =
      specOf({.op = Dense{4000, true, {}, nullptr, nullptr}, .inputs = {vectorOf(10)}}, target);
  EXPECT_TRUE(checkLegal(dense, {DenseSchedule{16, 64, false}}));
  EXPECT_FALSE(checkLegal(dense, {DenseSchedule{16, 65, false}}));
  EXPECT_FALSE(checkLegal(dense, {DenseSchedule{64, 32, false}}));

  const KernelSpec grouped = specOf({.op = groupedConv(1024, 2), .inputs = {maps(8, 64, 64)}}, target);
  EXPECT_TRUE(checkLegal(grouped, {TileSchedule{16, 4, 16, false}}));
  EXPECT_FALSE(checkLegal(grouped, {TileSchedule{16, 4, 17, false}}));
  EXPECT_FALSE(checkLegal(grouped, {TileSchedule{64, 4, 8, false}}));

  ConvLayer layer;
  layer.outChannels = 256;
  layer.window.kernel = {3, 31};
  const KernelSpec conv = specOf({.op = Conv2d{layer}, .inputs = {maps(8, 66, 94)}}, target);
  MlpconvSchedule schedule;
  schedule.panelVectors = {4};
  schedule.tilePixels = {16};
  schedule.blockPixels = 64;
  EXPECT_TRUE(checkLegal(conv, schedule));
  schedule.tilePixels = {32};
  EXPECT_FALSE(checkLegal(conv, schedule));
}

TEST(LegalSchedules, HaveNoTransformsWhereSumsMustBeExact) {
  Conv2d conv{{48, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, 1, true, {}, nullptr, nullptr}};
  const KernelSpec spec =
      specOf({.op = conv, .inputs = {maps(96, 16, 16, Layout::hwc)}, .outputLayout = Layout::hwc},
             targetNamed("x86-64-v3"));
  const Schedule fast = defaultSchedule(spec);
  ASSERT_TRUE(std::get<MlpconvSchedule>(fast.choice).winograd);
  EXPECT_TRUE(checkLegal(spec, fast));
  EXPECT_FALSE(checkLegal(spec, fast, Exactness::exact));
}

} // namespace
} // namespace ninc

#include "driver/ScheduleSources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codegen/plan/ModelPlan.h"
#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Sources : public Scene {
protected:
  Sources() { asked_.withoutDatabase = false; }

  Build build() { return resolve(asked_, devices_).value(); }
  // Hears the warnings.
  ScheduleSources opened() { return openSchedules(build(), listener()).value(); }
  Request asked_ = request();
  int listed = 0;
  std::shared_ptr<DevicesHere> devices_ = std::make_shared<DevicesHere>(oneDevice({}, listed));
};

TEST_F(Sources, ADatabaseThatWasNamedAndIsNotThereIsOneWarning) {
  asked_.database = path("none.jsonl");
  opened();
  EXPECT_THAT(
      told, ElementsAre("there is no database '" + path("none.jsonl") + "'; schedules are the cost model's"));
}

TEST_F(Sources, WithoutTheUsualDatabaseNothingIsSaid) {
  opened();
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(Sources, LinesThatAreNoRecordsAreOneWarning) {
  asked_.database = write("bad.jsonl", "rubbish\nmore of it\n");
  opened();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], StartsWith(path("bad.jsonl") + ":1: "));
  EXPECT_THAT(told[0], HasSubstr("(2 lines of this file are skipped)"));
}

TEST_F(Sources, ADatabaseThatCannotBeReadIsOneWarning) {
  std::filesystem::create_directory(path("folder"));
  asked_.database = path("folder");
  opened();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("its records aren't used"));
}

TEST_F(Sources, WithoutRecordsNoDatabaseIsOpenedAndNoDeviceAsked) {
  asked_.withoutDatabase = true;
  asked_.target = "x86-64-v3+opencl";
  asked_.database = write("bad.jsonl", "rubbish\n");
  opened();
  EXPECT_THAT(told, IsEmpty());
  EXPECT_EQ(listed, 0);
}

TEST_F(Sources, RecordsOfADeviceAskItsDriverOnce) {
  asked_.target = "x86-64-v3+opencl";
  asked_.device = {NINC_DEVICE_OPENCL, 0};
  opened();
  opened();
  EXPECT_EQ(driversNameOf(build().place), "");
  EXPECT_EQ(listed, 1);
}

TEST_F(Sources, AScheduleFileIsReadOnce) {
  asked_.scheduleFile = write("s.txt", std::string("prob: ") + direct + "\n");
  const ScheduleSources sources = opened();
  write("s.txt", "something else\n");
  EXPECT_EQ(sources.text, std::string("prob: ") + direct + "\n");
  EXPECT_EQ(sources.file, path("s.txt"));
}

TEST_F(Sources, AScheduleFileThatIsNotThereIsAnError) {
  asked_.scheduleFile = path("none.txt");
  EXPECT_THAT(openSchedules(build(), listener()).error().message, HasSubstr(path("none.txt")));
}

// The small model's kernel, and who may choose its schedule.
class Choosing : public Sources {
protected:
  Choosing() {
    Verdict verdict;
    verdict.key = keyFor(spec, Exactness::fast, 1, "this CPU");
    verdict.schedule = direct;
    verdict.speedup = 2;
    verdict.date = "2026-11-24T22:40:01Z";
    tuned->add({{verdict}, 0, ""}, "my records");
  }
  Result<std::optional<ScheduleChoice>> chosen(const ScheduleFile &lines,
                                               std::shared_ptr<TunedSchedules> records) {
    return chooserOf(lines, std::move(records), Exactness::fast)(spec, "prob");
  }
  static ScheduleFile line(const char *schedule) {
    return {{"prob", {"s.txt:1", parseSchedule(schedule).value()}}};
  }

  KernelSpec spec =
      planModel(optimise(small(), {}).value(), compileOptions(build()).planOptions())->kernels.front().spec;
  std::shared_ptr<TunedSchedules> tuned = std::make_shared<TunedSchedules>("this CPU", 1);
};

TEST_F(Choosing, TheUsersLineComesFirst) {
  const auto choice = chosen(line("direct tiles 1x2 block 2 unroll 1 parallel"), tuned);
  ASSERT_TRUE(choice) << choice.error().message;
  EXPECT_EQ((*choice)->why, "s.txt:1");
}

TEST_F(Choosing, ThenTheRecords) {
  const auto choice = chosen({}, tuned);
  ASSERT_TRUE(choice);
  EXPECT_EQ(toString((*choice)->schedule), direct);
  EXPECT_EQ((*choice)->why, "tuned (2.00 times the default's speed, my records)");
}

TEST_F(Choosing, ThenTheCostModel) {
  const auto choice = chosen({}, nullptr);
  ASSERT_TRUE(choice);
  EXPECT_FALSE(*choice);
}

TEST_F(Choosing, ALineThatIsNotForItsKernelIsAnErrorWithItsPlace) {
  const auto choice = chosen(line("direct tiles 1x1,1x1 block 1 unroll 1 parallel"), tuned);
  ASSERT_FALSE(choice);
  EXPECT_THAT(choice.error().message, StartsWith("s.txt:1: not for 'prob': "));
}

} // namespace
} // namespace ninc

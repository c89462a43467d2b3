#include "driver/ScheduleFile.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::HasSubstr;

// Of the small model for a CPU and OpenCL; its one kernel is 'prob'.
class ScheduleFiles : public Scene {
protected:
  Result<ScheduleFile> parsed(const std::string &text) {
    return parseScheduleFile(text, "s.txt", optimised_, targets_);
  }
  std::string mistake(const std::string &text) { return parsed(text).error().message; }

  const Targets targets_ = parseTargets("x86-64-v3,x86-64-v2+opencl").value();

private:
  Graph optimised_ = optimise(small(), {}).value();
};

TEST_F(ScheduleFiles, HoldASchedulePerKernel) {
  const Result<ScheduleFile> file = parsed(fmt::format("# mine\n\n  prob : {}  # fast\n", direct));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->size(), 1u);
  EXPECT_EQ(toString(file->at("prob").schedule), direct);
  EXPECT_EQ(file->at("prob").where, "s.txt:3");
}

TEST_F(ScheduleFiles, HoldADevicesScheduleBesideTheCpus) {
  const Result<ScheduleFile> file = parsed(fmt::format(
      "prob: {}\nprob@opencl: block 8x1, thread 1x1, channel-threads 1, unroll 1, slices 1\n", direct));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->contains("prob@opencl"));
}

TEST_F(ScheduleFiles, MayBeEmpty) {
  EXPECT_TRUE(parsed("")->empty());
}

TEST_F(ScheduleFiles, MistakesHaveTheirPlace) {
  EXPECT_EQ(mistake("\nprob\n"), "s.txt:2: expected NAME: SCHEDULE");
  EXPECT_EQ(mistake("conv1: direct\n"), "s.txt:1: no kernel 'conv1'; there are prob");
  EXPECT_THAT(mistake("# a comment\nprob: sideways\n"), HasSubstr("s.txt:2: "));
  EXPECT_EQ(mistake(fmt::format("prob@cuda: {}\n", direct)),
            "s.txt:1: no code is made for 'cuda', but for x86-64-v3, x86-64-v2, opencl");
  EXPECT_EQ(mistake(fmt::format("prob: {0}\nprob: {0}\n", direct)), "s.txt:2: a second schedule for 'prob'");
}

TEST_F(ScheduleFiles, ATargetsOwnLineCountsBeforeOneForAllCpus) {
  const ScheduleFile file =
      parsed(fmt::format(
                 "prob: {0}\nprob@x86-64-v2: {0}\nprob@opencl: block 8x1, thread 1x1, channel-threads 1, "
                 "unroll 1, slices 1\n",
                 direct))
          .value();
  EXPECT_EQ(lineFor(file, "prob", targets_.cpus[0])->where, "s.txt:1");
  EXPECT_EQ(lineFor(file, "prob", targets_.cpus[1])->where, "s.txt:2");
  EXPECT_EQ(lineFor(file, "prob", targets_.devices[0])->where, "s.txt:3");
  EXPECT_EQ(lineFor(file, "other", targets_.cpus[0]), nullptr);
  EXPECT_EQ(lineFor(parsed(fmt::format("prob: {}\n", direct)).value(), "prob", targets_.devices[0]), nullptr)
      << "a line without a target is for CPUs";
}

} // namespace
} // namespace ninc

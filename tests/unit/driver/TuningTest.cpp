// What `ninc tune` does beside measuring and printing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codegen/schedule/Schedule.h"
#include "driver/ScheduleSources.h"
#include "driver/TuneDatabase.h"
#include "driver/TuneModels.h"
#include "tests/unit/driver/Scene.h"

namespace ninc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Shards, AreEveryNthKernel) {
  EXPECT_EQ(parseShard("2/8")->index, 2u);
  EXPECT_EQ(parseShard("2/8")->count, 8u);
  EXPECT_EQ(parseShard("")->count, 1u);
}

TEST(Shards, ThatAreNoneAreUsageErrors) {
  for (const char *text : {"8/8", "1", "1/0", "-1/2", "1/-2", "a/b", "1/2x"}) {
    const Result<Shard> shard = parseShard(text);
    ASSERT_FALSE(shard) << text;
    EXPECT_EQ(shard.error().kind, ErrorKind::usage);
  }
}

class Tuning : public Scene {
protected:
  std::vector<std::string> kernelsOf(const std::vector<std::string> &models, Shard shard = {}) {
    Request wish = request();
    const Result<PreparedTuning> tuning = prepareTuning({wish, models, shard, true}, listener());
    if (!tuning) return {tuning.error().message};
    std::vector<std::string> names;
    for (const KernelToTune &kernel : tuning->kernels)
      names.push_back(kernel.name);
    return names;
  }
  // Of three kernels, two of them alike.
  std::string three(const std::string &name) {
    return write(name + ".nin", "model " + name +
                                    "\nweights random seed 1\nx = input f32[4, 8, 8]\n"
                                    "a = max_pool x 2x2 stride 2\nb = conv2d a 3x3 pad 1 -> 4\n"
                                    "c = conv2d b 3x3 pad 1 -> 4\nd = conv2d c 3x3 pad 1 -> 4\noutput d\n");
  }
};

TEST_F(Tuning, IsOfTheDistinctKernelsOfAllModels) {
  const std::vector<std::string> one = kernelsOf({three("m")}), two = kernelsOf({three("m"), three("n")});
  ASSERT_FALSE(one.empty());
  EXPECT_EQ(one.size(), two.size()) << "the second model has the same kernels";
  EXPECT_EQ(two[0], "m." + one[0]) << "and of several models, kernels are told by the model";
}

TEST_F(Tuning, OfAShardIsOfItsKernels) {
  const std::vector<std::string> all = kernelsOf({three("m")});
  ASSERT_GE(all.size(), 3u);
  EXPECT_EQ(kernelsOf({three("m")}, {1, 2}), std::vector<std::string>{all[1]});
}

TEST_F(Tuning, OfAModelThatIsNotThereSaysSo) {
  EXPECT_THAT(kernelsOf({path("none.nin")}), ElementsAre(""));
  EXPECT_THAT(told, ElementsAre(HasSubstr("none.nin")));
}

TEST_F(Tuning, OfCodeThatDoesNotRunHereNeedsABundle) {
  Request wish = request();
  wish.target = "aarch64";
  EXPECT_THAT(prepareTuning({wish, {three("m")}, {}, false}, listener()).error().message,
              HasSubstr("--bundle"));
  EXPECT_TRUE(prepareTuning({wish, {three("m")}, {}, true}, listener()));
}

TEST_F(Tuning, OnADeviceThatIsNotThereIsAnError) {
  Request wish = request();
  wish.target = "host";
  wish.device = {NINC_DEVICE_OPENCL, 1000};
  EXPECT_THAT(prepareTuning({wish, {three("m")}, {}, false}, listener()).error().message,
              HasSubstr("nothing can be measured on --device opencl:1000"));
}

// The driver may take half a minute to say which devices there are.
TEST_F(Tuning, AsksForTheDevicesOnce) {
  DeviceInfo device;
  device.kind = NINC_DEVICE_OPENCL;
  device.number = 1;
  device.name = "Fast", device.vendor = "Somebody";
  int asked = 0;
  Request wish = request();
  wish.target = "host";
  wish.device = {NINC_DEVICE_OPENCL, 1};
  wish.withoutDatabase = false;
  const Result<PreparedTuning> tuning = prepareTuning(
      {wish, {three("m")}, {}, false}, listener(), std::make_shared<DevicesHere>(oneDevice(device, asked)));
  ASSERT_TRUE(tuning) << tuning.error().message;
  EXPECT_EQ(tuning->machine.name, "Fast (Somebody)");
  Diagnostics diagnostics;
  openRecords(tuning->build, diagnostics);
  EXPECT_EQ(asked, 1);
}

class TuneDatabases : public Scene {
protected:
  static std::string line(const std::string &spec, int version = scheduleVersion) {
    Verdict verdict;
    verdict.key = {spec, "some CPU", 1, version};
    verdict.kernel = "conv";
    verdict.schedule = "direct";
    verdict.date = "2026-01-01T00:00:00Z";
    return toLine(verdict) + "\n";
  }
  Result<std::size_t> merged(const std::vector<std::string> &files) {
    Diagnostics diagnostics;
    Result<std::size_t> added = mergeInto(path("all.jsonl"), files, diagnostics);
    listener().ofRest(diagnostics);
    return added;
  }
};

TEST_F(TuneDatabases, TakeWhatTheyDoNotHave) {
  const std::string one = write("one", line("054dda69512e4976")),
                    two = write("two", line("054dda69512e4976") + line("154dda69512e4976"));
  EXPECT_EQ(merged({one}).value(), 1u);
  EXPECT_EQ(merged({one, two}).value(), 1u);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(TuneDatabases, WarnOfLinesThatAreNoRecords) {
  EXPECT_EQ(merged({write("bad", "rubbish\n" + line("054dda69512e4976"))}).value(), 1u);
  EXPECT_THAT(told, ElementsAre(HasSubstr("bad:1: ")));
}

TEST_F(TuneDatabases, AreNothingElse) {
  write("all.jsonl", "somebody's notes\n");
  EXPECT_THAT(merged({write("one", line("054dda69512e4976"))}).error().message, HasSubstr("all.jsonl"));
  EXPECT_FALSE(prune(path("all.jsonl")));
  EXPECT_EQ(contents("all.jsonl"), "somebody's notes\n");
}

TEST_F(TuneDatabases, ThatAreMergedMustBeThere) {
  EXPECT_EQ(merged({path("none")}).error().message, "there is no file '" + path("none") + "'");
}

TEST_F(TuneDatabases, LoseRecordsOfEarlierVersionsWhenPruned) {
  write("all.jsonl", line("054dda69512e4976", scheduleVersion - 1) + line("154dda69512e4976"));
  const Result<PruneStatistics> statistics = prune(path("all.jsonl"));
  ASSERT_TRUE(statistics) << statistics.error().message;
  EXPECT_EQ(statistics->kept, 1u);
  EXPECT_EQ(statistics->removed, 1u);
}

TEST_F(TuneDatabases, AreTheUsersUnlessNamed) {
  EXPECT_EQ(databaseCalled("x.jsonl").value(), "x.jsonl");
  EXPECT_EQ(databaseCalled("").value(), path("data/ninc/schedules.jsonl"));
}

} // namespace
} // namespace ninc

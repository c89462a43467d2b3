// Timing without absolute times: statistics by hand-computed numbers, and relations that hold on any machine.
#include <gtest/gtest.h>
#include <numeric>
#include <pthread.h>

#include "execution/model/Measurement.h"
#include "tests/unit/execution/model/CompiledModel.h"

namespace ninc {
namespace {

using testing::CompiledModel;

// Large enough that the clock's resolution and the host module's own work don't count.
constexpr std::string_view modelText = R"(model two_stages
weights random seed 2
image = input f32[8, 32, 32]
stage1 = mlpconv image [conv 5x5 pad 2 -> 48, 32]
stage2 = mlpconv stage1 [conv 3x3 pad 1 -> 48, 10]
norm = lrn stage2 size 3
prob = softmax (global_avg_pool norm)
output prob
)";

TEST(DistributionOf, OneSampleIsAllThereIs) {
  const Distribution d = distributionOf({3.5});
  EXPECT_EQ(d.min, 3.5);
  EXPECT_EQ(d.median, 3.5);
  EXPECT_EQ(d.p99, 3.5);
}

TEST(DistributionOf, AnOddNumberHasAMiddle) {
  const Distribution d = distributionOf({9, 1, 4});
  EXPECT_EQ(d.min, 1);
  EXPECT_EQ(d.median, 4);
  EXPECT_EQ(d.p99, 9);
}

TEST(DistributionOf, AnEvenNumberTakesTheMeanOfTheMiddleTwo) {
  EXPECT_EQ(distributionOf({8, 2, 4, 100}).median, 6);
}

// Nearest rank: the smallest sample with at least 99 % of all at or below it.
TEST(DistributionOf, P99IsTheNearestRank) {
  std::vector<double> samples(100);
  std::iota(samples.begin(), samples.end(), 1); // 1 to 100
  EXPECT_EQ(distributionOf(samples).p99, 99);
  samples.push_back(101);
  EXPECT_EQ(distributionOf(samples).p99, 100); // 99 % of 101 is 99.99
  samples.resize(99);
  EXPECT_EQ(distributionOf(samples).p99, 99); // 99 % of 99 is 98.01
  samples.resize(50);
  EXPECT_EQ(distributionOf(samples).p99, 50);
}

Result<ModelTiming> timingOf(CompiledModel &compiled, const Graph &model, std::int64_t batch) {
  TimingOptions options;
  options.minSeconds = 0.1;
  options.warmUpSeconds = 0.02;
  return measure(compiled.library(), testing::randomBatch(model, batch, 1), options);
}

// Times are taken beside whatever else the machine does. What is wrong with them stays wrong however often
// they are taken.
constexpr int attempts = 20;

class Measure : public ::testing::TestWithParam<int> {};

// A whole run is its kernels one after another and little else. Fastest runs are compared, which other
// programs disturb least, and a factor of two is left for what is disturbed all the same.
TEST_P(Measure, KernelsOfAnImageAddUpToARun) {
  const Graph model = testing::modelOf(modelText);
  const std::int64_t batch = 2;
  auto compiled = CompiledModel::make(model, {.batch = batch}, GetParam());
  ASSERT_TRUE(compiled) << compiled.error().message;
  double ratio = 0;
  for (int i = 0; i < attempts && (ratio < 0.5 || ratio > 2); ++i) {
    auto timing = timingOf(*compiled, model, batch);
    ASSERT_TRUE(timing) << timing.error().message;
    ASSERT_EQ(timing->kernels.size(), static_cast<std::size_t>(compiled->library().kernels().size()));
    double sum = 0;
    for (const KernelTiming &kernel : timing->kernels)
      sum += kernel.seconds.min;
    ratio = sum * batch / timing->seconds.min;
  }
  EXPECT_LT(ratio, 2);
  EXPECT_GT(ratio, 0.5);
}

TEST_P(Measure, FiguresAreInOrder) {
  const Graph model = testing::modelOf(modelText);
  auto compiled = CompiledModel::make(model, {}, GetParam());
  ASSERT_TRUE(compiled) << compiled.error().message;
  auto timing = timingOf(*compiled, model, 1);
  ASSERT_TRUE(timing) << timing.error().message;
  EXPECT_GE(timing->runs, TimingOptions().minRuns);
  EXPECT_GT(timing->seconds.min, 0);
  EXPECT_LE(timing->seconds.min, timing->seconds.median);
  EXPECT_LE(timing->seconds.median, timing->seconds.p99);
  const std::span<const ninc_kernel> kernels = compiled->library().kernels();
  for (std::size_t k = 0; k < timing->kernels.size(); ++k) {
    EXPECT_EQ(timing->kernels[k].kernel, &kernels[k]);
    EXPECT_LE(timing->kernels[k].seconds.min, timing->kernels[k].seconds.median);
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Measure, ::testing::Values(1, 2));

TEST(MeasureOptions, BoundTheNumberOfRuns) {
  const Graph model = testing::modelOf("model one\na = input f32[4]\nb = relu a\noutput b\n");
  auto compiled = CompiledModel::make(model, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  TimingOptions options{.minSeconds = 0, .minRuns = 7, .maxRuns = 100, .warmUpSeconds = 0};
  auto few = measure(compiled->library(), testing::randomBatch(model, 1, 1), options);
  ASSERT_TRUE(few);
  EXPECT_EQ(few->runs, 7U);
  options = {.minSeconds = 3600, .minRuns = 7, .maxRuns = 12, .warmUpSeconds = 0};
  auto capped = measure(compiled->library(), testing::randomBatch(model, 1, 1), options);
  ASSERT_TRUE(capped);
  EXPECT_EQ(capped->runs, 12U);
}

TEST(MeasureInputs, OfTheWrongSizeAreRefused) {
  const Graph model = testing::modelOf("model one\na = input f32[4]\nb = relu a\noutput b\n");
  auto compiled = CompiledModel::make(model, {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const std::vector<Tensor> wrong{{{3}, {1, 2, 3}}};
  EXPECT_FALSE(measure(compiled->library(), wrong));
}

// No multiply-add of a kernel can be faster than the machine's best. (Winograd's transforms do with fewer.)
TEST(PeakFlops, IsNotBeatenByAModel) {
  const Graph model = testing::modelOf(modelText);
  auto compiled = CompiledModel::make(
      model, {.chooseSchedule = [](const KernelSpec &spec, const std::string &) -> Result<ScheduleChoice> {
        return defaultSchedule(spec, Exactness::exact);
      }});
  ASSERT_TRUE(compiled) << compiled.error().message;
  constexpr double clockMayChange = 1.5;
  double ofPeak = clockMayChange;
  for (int i = 0; i < attempts && ofPeak >= clockMayChange; ++i) {
    const double peak = measurePeakFlops(1).value();
    ASSERT_GT(peak, 0);
    auto timing = timingOf(*compiled, model, 1);
    ASSERT_TRUE(timing);
    ofPeak = 2.0 * static_cast<double>(compiled->library().descriptor().macs) / timing->seconds.min / peak;
  }
  EXPECT_LT(ofPeak, clockMayChange);
}

TEST(PeakFlops, CountsOneThreadWhereFewerAreAskedFor) {
  EXPECT_GT(measurePeakFlops(0).value(), 0);
}

// Threads that can't be made: their stacks are larger than any address space.
class WithoutThreads : public ::testing::Test {
protected:
  void SetUp() override {
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 60);
    pthread_getattr_default_np(&before_);
    ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  }
  void TearDown() override { pthread_setattr_default_np(&before_); }
  pthread_attr_t before_;
};

TEST_F(WithoutThreads, ThePeakOfSeveralIsAnErrorAndNoAbort) {
  const Result<double> peak = measurePeakFlops(8);
  ASSERT_FALSE(peak);
  EXPECT_EQ(peak.error().kind, ErrorKind::badInput);
  EXPECT_NE(peak.error().message.find("1 of them can be made"), std::string::npos) << peak.error().message;
  EXPECT_TRUE(measurePeakFlops(1)); // which needs none
}

TEST_F(WithoutThreads, ATeamIsAnErrorToo) {
  auto compiled = CompiledModel::make(testing::modelOf(modelText), {});
  ASSERT_TRUE(compiled) << compiled.error().message;
  const auto team = LoadedModel::open(compiled->path(), 3);
  ASSERT_FALSE(team);
  EXPECT_EQ(team.error().kind, ErrorKind::badInput);
  EXPECT_NE(team.error().message.find("a team of 3 threads"), std::string::npos) << team.error().message;
}

} // namespace
} // namespace ninc

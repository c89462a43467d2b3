// A kernel alone, as the runner measures it: compiled, checked against the reference, timed.
#include "tuner/candidate/Candidate.h"

#include <gmock/gmock.h>

#include "codegen/schedule/ScheduleText.h"
#include "tests/unit/tuner/Specs.h"
#include "tuner/measure/Runner.h"
#include "tuner/measure/RunnerText.h"
#include "tuner/search/SearchSpace.h"
#include "tuner/session/Race.h"

namespace ninc {
namespace {

using testing::denseSpec;
using ::testing::HasSubstr;
using testing::mlpconvSpec;
using testing::poolSpec;

Target host() {
  return parseTarget("host").value();
}

KernelSpec forHost(KernelSpec spec) {
  spec.target = host();
  return spec;
}

StoredCandidate candidateOf(const Workload &workload, const Schedule &schedule) {
  Result<Candidate> candidate = makeCandidate(workload, schedule, std::nullopt);
  EXPECT_TRUE(candidate) << candidate.error().message;
  return StoredCandidate::store(schedule, decodeCandidate(encode(candidate)).value()).value();
}

// The default, ready to be raced.
Race raceOf(const Workload &workload) {
  return {"kernel", StoredWorkload::store(workload, evaluateWorkload(workload).value()).value(),
          candidateOf(workload, defaultSchedule(workload.spec))};
}

TEST(Candidate, OfEveryKindOfKernelIsRightAndTimed) {
  const Runner runner = Runner::create().value();
  KernelSpec batch = forHost(mlpconvSpec({32, 16}, 16, 7));
  batch.images = 5;
  for (const KernelSpec &spec : {forHost(mlpconvSpec({48, 32}, 16)),
                                 forHost(mlpconvSpec({32, 10}, 16, 8, "x86-64-v2", GapEpilogue{true, true})),
                                 batch, forHost(poolSpec()), forHost(denseSpec())}) {
    SCOPED_TRACE(toString(spec));
    const Workload workload = makeWorkload(spec);
    Race race = raceOf(workload);
    const Result<RaceResult> measured = race.measureDefault(runner, {});
    ASSERT_TRUE(measured) << measured.error().message;
    EXPECT_EQ(measured->outcome, Outcome::ok) << measured->detail;
    EXPECT_GT(measured->times.least, 0);
    EXPECT_GE(measured->times.rounds, 8);
    const std::vector<RankedSchedule> others = rankedSchedules(spec, Exactness::fast, 1, 3);
    const Result<RaceResult> other =
        race.challenge(candidateOf(workload, others.back().schedule), runner, {});
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ(other->outcome, Outcome::ok) << other->detail;
    EXPECT_GT(other->defaultSeconds, 0);
    const Result<Decision> decision = race.decide(runner, {});
    ASSERT_TRUE(decision) << decision.error().message;
    EXPECT_TRUE(!decision->tuned || checkLegal(spec, *decision->tuned));
  }
}

TEST(Candidate, WithWrongNumbersIsFoundOutAndNeverWins) {
  const KernelSpec spec = forHost(mlpconvSpec({48, 32}, 16));
  const Workload workload = makeWorkload(spec);
  Race race = raceOf(workload);
  const Schedule other = rankedSchedules(spec, Exactness::exact, 1, 30).back().schedule;
  // Weights of zero: fast code, wrong numbers.
  Candidate candidate = makeCandidate(workload, other, std::nullopt).value();
  ASSERT_FALSE(candidate.weights.empty());
  candidate.weights[0].assign(candidate.weights[0].size(), '\0');
  const Result<RaceResult> measured =
      race.challenge(StoredCandidate::store(other, candidate).value(), Runner::create().value(), {});
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_EQ(measured->outcome, Outcome::wrong);
  EXPECT_TRUE(measured->atFault);
  EXPECT_THAT(measured->detail, HasSubstr("its bound is"));
  EXPECT_FALSE(race.hasIncumbent());
}

TEST(Candidate, OfWhichAPartIsMissingIsNone) {
  const std::string bytes = encode(Candidate{"library", {"weights", ""}, {0.5, 0.25}});
  const Candidate back = decodeCandidate(bytes).value();
  EXPECT_EQ(back.library, "library");
  EXPECT_EQ(back.weights, (std::vector<std::string>{"weights", ""}));
  EXPECT_EQ(back.bounds, (std::vector{0.5, 0.25}));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decodeCandidate(bytes.substr(0, length))) << length;
  EXPECT_EQ(decodeCandidate(encode(fail("no such tile"))).error().message, "no such tile");
}

TEST(KnownBounds, AreThoseOfSchedulesThatRoundAlike) {
  const auto withTile = [](std::optional<WinogradTile> tile) {
    MlpconvSchedule schedule;
    schedule.winograd = tile;
    return Schedule{schedule};
  };
  KnownBounds bounds;
  EXPECT_FALSE(bounds.of(withTile(std::nullopt)));
  bounds.learn(withTile(std::nullopt), {1e-6});
  bounds.learn(withTile(WinogradTile{4, 4}), {1e-5});
  EXPECT_EQ(bounds.of(Schedule{LoopSchedule{}}), std::vector{1e-6}) << "plain sums, too";
  EXPECT_EQ(bounds.of(withTile(WinogradTile{4, 4})), std::vector{1e-5});
  EXPECT_FALSE(bounds.of(withTile(WinogradTile{2, 4})));
}

TEST(Workload, ShowsAnImageInAnothersPlace) {
  KernelSpec spec = mlpconvSpec({4}, 2, 3);
  spec.images = 6;
  const Workload workload = makeWorkload(spec);
  const std::size_t size = workload.operands[0].size() / 6;
  auto image = [&](std::size_t i) {
    const auto first = workload.operands[0].begin() + static_cast<std::ptrdiff_t>(i * size);
    return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(size));
  };
  const std::vector<std::size_t> order = {0, 1, 1, 0, 1, 0};
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_EQ(image(i), image(order[i])) << i;
  EXPECT_NE(image(0), image(1));
}

TEST(Workload, IsBoundTighterForPlainSumsThanForTransforms) {
  const Workload workload = makeWorkload(mlpconvSpec({16, 8}, 16, 8));
  const std::vector<double> direct = errorBoundsOf(workload, std::nullopt).value(),
                            winograd = errorBoundsOf(workload, WinogradTile{4, 4}).value();
  ASSERT_EQ(direct.size(), 1u);
  EXPECT_GT(direct[0], 0);
  EXPECT_GT(winograd[0], direct[0]);
}

TEST(Runner, SaysWhatIsWrongWithAJob) {
  RunnerJob job;
  job.candidates.push_back({"/nowhere/model.so", {}, {}});
  Result<RunnerResult> result = Runner::create().value().run(job);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("/nowhere/model.so"));
}

TEST(RunnerResult, IsRefusedWhenItIsntOne) {
  for (const char *line : {"", "{}", "[1]", "{\"runner\":1,\"label\":3}", "nonsense"})
    EXPECT_FALSE(parseRunnerResult(line)) << line;
}

} // namespace
} // namespace ninc

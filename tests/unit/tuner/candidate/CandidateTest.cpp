// A kernel alone, as the runner measures it: compiled, checked against the reference, timed.
#include "tuner/candidate/Candidate.h"

#include <gmock/gmock.h>

#include "tests/unit/tuner/Specs.h"
#include "tuner/measure/Runner.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/search/SearchSpace.h"
#include "tuner/session/KernelTuning.h"

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

// A kernel that is ready to have candidates measured.
KernelTuning tuningOf(const KernelSpec &spec) {
  KernelTuning tuning({"kernel", spec}, {}, keyFor(spec, Exactness::fast, 1, "this"));
  tuning.prepare();
  EXPECT_TRUE(tuning.expect(evaluateWorkload(tuning.workload()).value()));
  return tuning;
}

StoredCandidate candidateOf(const KernelTuning &tuning, const Schedule &schedule) {
  Result<Candidate> candidate = makeCandidate(tuning.workload(), schedule, std::nullopt);
  EXPECT_TRUE(candidate) << candidate.error().message;
  return StoredCandidate::store(schedule, decodeCandidate(encode(candidate)).value()).value();
}

TEST(Candidate, OfEveryKindOfKernelIsRightAndTimed) {
  const Runner runner = Runner::create().value();
  KernelSpec batch = forHost(mlpconvSpec({32, 16}, 16, 7));
  batch.images = 5;
  for (const KernelSpec &spec : {forHost(mlpconvSpec({48, 32}, 16)),
                                 forHost(mlpconvSpec({32, 10}, 16, 8, "x86-64-v2", GapEpilogue{true, true})),
                                 batch, forHost(poolSpec()), forHost(denseSpec())}) {
    SCOPED_TRACE(toString(spec));
    KernelTuning tuning = tuningOf(spec);
    const Schedule usual = defaultSchedule(spec);
    tuning.setDefault(candidateOf(tuning, usual));
    Result<std::optional<Measurement>> measured = tuning.measure(candidateOf(tuning, usual), runner, {}, 0);
    ASSERT_TRUE(measured && *measured) << toString(spec);
    EXPECT_EQ((*measured)->outcome, Outcome::ok) << (*measured)->detail;
    EXPECT_GT((*measured)->seconds, 0);
    EXPECT_GE((*measured)->rounds, 8);
    const std::vector<RankedSchedule> others = rankedSchedules(spec, Exactness::fast, 1, 3);
    Result<std::optional<Measurement>> other =
        tuning.measure(candidateOf(tuning, others.back().schedule), runner, {}, 0);
    ASSERT_TRUE(other && *other) << toString(spec);
    EXPECT_EQ((*other)->outcome, Outcome::ok) << (*other)->detail;
    EXPECT_GT((*other)->defaultSeconds, 0);
    Result<Verdict> verdict = tuning.decide(runner, {});
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_TRUE(verdict->schedule == keepsDefault || checkLegal(spec, parseSchedule(verdict->schedule).value()));
  }
}

TEST(Candidate, WithWrongNumbersIsRecordedAndNeverWins) {
  const KernelSpec spec = forHost(mlpconvSpec({48, 32}, 16));
  KernelTuning tuning = tuningOf(spec);
  const Schedule usual = defaultSchedule(spec);
  tuning.setDefault(candidateOf(tuning, usual));
  const Schedule other = rankedSchedules(spec, Exactness::exact, 1, 30).back().schedule;
  // Weights of zero: fast code, wrong numbers.
  Candidate candidate = makeCandidate(tuning.workload(), other, std::nullopt).value();
  ASSERT_FALSE(candidate.weights.empty());
  candidate.weights[0].assign(candidate.weights[0].size(), '\0');
  StoredCandidate wrong = StoredCandidate::store(other, candidate).value();
  Result<std::optional<Measurement>> measured =
      tuning.measure(std::move(wrong), Runner::create().value(), {}, 0);
  ASSERT_TRUE(measured && *measured) << toString(spec);
  EXPECT_EQ((*measured)->outcome, Outcome::wrong);
  EXPECT_THAT((*measured)->detail, HasSubstr("its bound is"));
  EXPECT_FALSE(tuning.hasIncumbent());
  EXPECT_EQ(tuning.summary().candidates.back().outcome, Outcome::wrong);
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

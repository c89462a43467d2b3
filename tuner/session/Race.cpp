#include "tuner/session/Race.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "codegen/schedule/ScheduleText.h"

namespace ninc {

namespace {

// A candidate that is so much slower than the default after a few rounds needs no exact figure.
constexpr RunnerJob::GiveUp hopeless{1.4, 8};

// The second run of a candidate that may be the best, which decides.
constexpr double worthConfirming = 1.002;
constexpr double longSeconds = 1.2;
constexpr std::int64_t longRounds = 300;

// A run in which the default's least time is so much more than it has been is disturbed, and repeated.
constexpr double disturbed = 1.06;
constexpr int mostRepetitions = 2;

// Of a whole job: before anything is known of the kernel, and then some hundred calls of the default.
constexpr double firstLimitSeconds = 180;
constexpr double leastLimitSeconds = 20;
constexpr double limitCalls = 300;

double defaultLeast(const RunnerResult &result) {
  return statisticsOf(result.seconds[0]).least;
}

bool blames(const RunnerResult &result, std::size_t candidate) {
  return result.outcome != Outcome::ok && result.candidate == static_cast<int>(candidate);
}

// What a run says of the candidate at this place in its job.
RaceResult resultOf(const RunnerResult &result, std::size_t candidate) {
  if (result.outcome != Outcome::ok) return {result.outcome, blames(result, candidate), result.detail, {}, 0};
  return {Outcome::ok, true, "", statisticsOf(result.seconds[candidate]), defaultLeast(result)};
}

void takeLonger(RunnerJob &job) {
  job.giveUp.reset();
  job.seconds = longSeconds;
  job.mostRounds = longRounds;
}

// Of the last candidate of a run against the one before it.
Comparison lastAgainstBest(const RunnerResult &result) {
  return compare(result.seconds[result.seconds.size() - 2], result.seconds.back());
}

} // namespace

RunnerJob Race::jobFor(const MeasuringOptions &options) const {
  RunnerJob job;
  job.label = label_;
  job.threads = options.threads;
  job.cpus = options.cpus;
  job.evictBytes = options.evictBytes;
  job.limitBytes = addressBytesFor(options.threads);
  job.limitSeconds =
      defaultSeconds_ > 0 ? std::max(leastLimitSeconds, limitCalls * defaultSeconds_) : firstLimitSeconds;
  job.inputs = pathsOf(workload_.operands);
  job.expected = pathsOf(workload_.expected);
  job.candidates.push_back(usual_.forRunner());
  if (incumbent_) job.candidates.push_back(incumbent_->forRunner());
  return job;
}

// The least disturbed of a few runs.
Result<RunnerResult> Race::runCalmly(const JobRunner &runner, const RunnerJob &job) {
  Result<RunnerResult> best = runner.run(job);
  for (int repetition = 0; best && best->outcome == Outcome::ok; ++repetition) {
    const double least = defaultLeast(*best);
    if (defaultSeconds_ == 0 || least < defaultSeconds_) defaultSeconds_ = least;
    if (repetition >= mostRepetitions || least <= disturbed * defaultSeconds_) break;
    Result<RunnerResult> again = runner.run(job);
    if (!again || again->outcome != Outcome::ok) return again;
    if (defaultLeast(*again) < least) best = std::move(again);
  }
  return best;
}

Result<RaceResult> Race::measureDefault(const JobRunner &runner, const MeasuringOptions &options) {
  RunnerJob job = jobFor(options);
  job.candidates.resize(1);
  Result<RunnerResult> result = runCalmly(runner, job);
  if (!result) return tl::unexpected(result.error());
  return resultOf(*result, 0);
}

Result<RaceResult> Race::challenge(StoredCandidate challenger, const JobRunner &runner,
                                   const MeasuringOptions &options) {
  RunnerJob job = jobFor(options);
  const std::size_t best = job.candidates.size() - 1, last = best + 1;
  job.candidates.push_back(challenger.forRunner());
  job.giveUp = hopeless;
  Result<RunnerResult> result = runCalmly(runner, job);
  if (!result) return tl::unexpected(result.error());
  if (incumbent_ && blames(*result, best)) {
    incumbent_.reset();
    bestSpeedup_ = 1;
    return challenge(std::move(challenger), runner, options);
  }
  if (result->outcome != Outcome::ok) return resultOf(*result, last);
  Result<std::optional<RunnerResult>> second = confirm(*result, std::move(job), runner);
  if (!second) return tl::unexpected(second.error());
  if (!*second) return resultOf(*result, last);
  RaceResult confirmed = resultOf(**second, last);
  if (confirmed.outcome == Outcome::ok && lastAgainstBest(**second).faster) {
    bestSpeedup_ = confirmed.defaultSeconds / confirmed.times.least;
    incumbent_ = std::move(challenger);
  }
  return confirmed;
}

// The second run, unless there is no need for one, or it failed by somebody else's doing than the
// challenger's: then the first one stands, and nobody has won.
Result<std::optional<RunnerResult>> Race::confirm(const RunnerResult &first, RunnerJob job,
                                                  const JobRunner &runner) {
  if (lastAgainstBest(first).ratio <= worthConfirming) return std::nullopt;
  takeLonger(job);
  Result<RunnerResult> second = runCalmly(runner, job);
  if (!second) return tl::unexpected(second.error());
  if (second->outcome != Outcome::ok && !blames(*second, job.candidates.size() - 1)) return std::nullopt;
  return std::optional(std::move(*second));
}

Result<Decision> Race::decide(const JobRunner &runner, const MeasuringOptions &options) {
  Decision decision;
  decision.defaultSeconds = decision.tunedSeconds = defaultSeconds_;
  if (!incumbent_) return decision;
  RunnerJob job = jobFor(options);
  takeLonger(job);
  Result<RunnerResult> result = runCalmly(runner, job);
  if (!result) return tl::unexpected(result.error());
  const std::string text = toString(incumbent_->schedule);
  if (result->outcome != Outcome::ok) {
    decision.remark = fmt::format("{} failed in the last comparison: {}", text, toString(result->outcome));
    return decision;
  }
  const Comparison race = lastAgainstBest(*result);
  decision.defaultSeconds = decision.tunedSeconds = defaultLeast(*result);
  if (!race.faster) {
    decision.remark = fmt::format("{} was no faster in the last comparison", text);
    return decision;
  }
  decision.tunedSeconds = statisticsOf(result->seconds[1]).least;
  decision.tuned = incumbent_->schedule;
  decision.speedup = bestSpeedup_ = race.ratio;
  return decision;
}

} // namespace ninc

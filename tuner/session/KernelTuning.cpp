#include "tuner/session/KernelTuning.h"

#include <algorithm>
#include <fmt/format.h>

#include "tuner/measure/Statistics.h"

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

std::string_view bytesOf(const std::vector<float> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(float)};
}

// By the default's time in the same run; 0 unless both are times that can be.
double relativeTimeOf(const Measurement &measurement) {
  constexpr double most = 1e3;
  if (measurement.outcome != Outcome::ok || measurement.defaultSeconds <= 0) return 0;
  const double relative = measurement.seconds / measurement.defaultSeconds;
  return relative >= 1 / most && relative <= most ? relative : 0;
}

std::vector<std::string> pathsOf(const std::vector<MemoryFile> &files) {
  std::vector<std::string> paths;
  for (const MemoryFile &file : files)
    paths.push_back(file.pathForOthers());
  return paths;
}

} // namespace

Result<StoredCandidate> StoredCandidate::store(const Schedule &schedule, const Candidate &candidate) {
  Result<MemoryFile> library = MemoryFile::holding("ninc-candidate", candidate.library);
  if (!library) return tl::unexpected(library.error());
  StoredCandidate result{schedule, std::move(*library), {}, candidate.bounds};
  for (const std::string &bytes : candidate.weights) {
    Result<MemoryFile> weights = MemoryFile::holding("ninc-weights", bytes);
    if (!weights) return tl::unexpected(weights.error());
    result.weights.push_back(std::move(*weights));
  }
  return result;
}

RunnerCandidate StoredCandidate::forRunner() const {
  return {library.pathForOthers(), bounds, pathsOf(weights)};
}

KernelTuning::KernelTuning(KernelToTune kernel, SearchOptions options, RecordKey key)
    : kernel_(std::move(kernel)), key_(std::move(key)), search_(kernel_.spec, options) {
  summary_.name = kernel_.name;
  summary_.kernel = toString(kernel_.spec);
  summary_.defaultSchedule = summary_.tunedSchedule = toString(search_.defaultSchedule());
}

void KernelTuning::resume(const std::vector<Measurement> &measurements) {
  for (const Measurement &measurement : measurements) {
    if (measurement.defaultSchedule != summary_.defaultSchedule) continue; // relative to something else
    Result<Schedule> schedule = parseSchedule(measurement.schedule);
    if (!schedule || !checkLegal(kernel_.spec, *schedule, search_.options().exactness)) continue;
    const double relative = relativeTimeOf(measurement);
    if (measurement.outcome == Outcome::ok && relative == 0) continue; // no times that a machine gives
    search_.learn(*schedule, measurement.outcome, relative);
    remember(measurement, 0);
  }
}

void KernelTuning::prepare() {
  workload_ = std::make_unique<Workload>(makeWorkload(kernel_.spec));
}

Result<void> KernelTuning::expect(const std::vector<std::vector<float>> &results) {
  auto store = [](const std::vector<std::vector<float>> &tensors,
                  std::vector<MemoryFile> &files) -> Result<void> {
    for (const std::vector<float> &tensor : tensors) {
      Result<MemoryFile> file = MemoryFile::holding("ninc-tensor", bytesOf(tensor));
      if (!file) return tl::unexpected(file.error());
      files.push_back(std::move(*file));
    }
    return {};
  };
  if (auto operands = store(workload_->operands, operands_); !operands) return operands;
  return store(results, expected_);
}

std::optional<std::vector<double>> KernelTuning::knownBounds(const Schedule &schedule) const {
  const auto found = bounds_.find(roundingOf(schedule));
  return found == bounds_.end() ? std::nullopt : std::optional(found->second);
}

void KernelTuning::knowBounds(const Schedule &schedule, const std::vector<double> &bounds) {
  bounds_.emplace(roundingOf(schedule), bounds);
}

RunnerJob KernelTuning::jobFor(const MeasuringOptions &options) const {
  RunnerJob job;
  job.label = kernel_.name;
  job.threads = options.threads;
  job.cpus = options.cpus;
  job.evictBytes = options.evictBytes;
  job.limitBytes = addressBytesFor(options.threads);
  job.limitSeconds = defaultSecondsEver_ > 0 ? std::max(leastLimitSeconds, limitCalls * defaultSecondsEver_)
                                             : firstLimitSeconds;
  job.inputs = pathsOf(operands_);
  job.expected = pathsOf(expected_);
  job.candidates.push_back(default_->forRunner());
  return job;
}

// The least disturbed of a few runs.
Result<RunnerResult> KernelTuning::runCalmly(const JobRunner &runner, const RunnerJob &job) {
  auto defaultLeast = [](const RunnerResult &result) { return statisticsOf(result.seconds[0]).least; };
  Result<RunnerResult> best = runner.run(job);
  for (int repetition = 0; best && best->outcome == Outcome::ok; ++repetition) {
    const double least = defaultLeast(*best);
    if (defaultSecondsEver_ == 0 || least < defaultSecondsEver_) defaultSecondsEver_ = least;
    if (repetition >= mostRepetitions || least <= disturbed * defaultSecondsEver_) break;
    Result<RunnerResult> again = runner.run(job);
    if (!again || again->outcome != Outcome::ok) return again;
    if (defaultLeast(*again) < least) best = std::move(again);
  }
  return best;
}

Result<std::optional<Measurement>> KernelTuning::measure(StoredCandidate candidate, const JobRunner &runner,
                                                         const MeasuringOptions &options, double atSeconds) {
  RunnerJob job = jobFor(options);
  const bool isDefault = candidate.schedule == default_->schedule;
  if (incumbent_) job.candidates.push_back(incumbent_->forRunner());
  const std::size_t incumbent = job.candidates.size() - 1; // the default while nothing is better
  if (!isDefault) job.candidates.push_back(candidate.forRunner());
  const std::size_t challenger = job.candidates.size() - 1;
  if (!isDefault) job.giveUp = hopeless;
  Result<RunnerResult> result = runCalmly(runner, job);
  if (!result) return tl::unexpected(result.error());
  if (result->outcome != Outcome::ok && incumbent_ && result->candidate == static_cast<int>(incumbent)) {
    incumbent_.reset(); // it has failed after all, perhaps by chance: no reason to blame the challenger
    bestSpeedup_ = 1;
    return measure(std::move(candidate), runner, options, atSeconds);
  }

  if (result->outcome != Outcome::ok && result->candidate != static_cast<int>(challenger)) {
    search_.learn(candidate.schedule, result->outcome, 0); // of this session; what it is like isn't known
    return std::nullopt;
  }

  Comparison race{};
  if (result->outcome == Outcome::ok && !isDefault) {
    race = compare(result->seconds[incumbent], result->seconds[challenger]);
    if (race.ratio > worthConfirming) {
      job.giveUp.reset();
      job.seconds = longSeconds;
      job.mostRounds = longRounds;
      Result<RunnerResult> again = runCalmly(runner, job);
      if (!again) return tl::unexpected(again.error());
      const bool confirms = again->outcome == Outcome::ok;
      if (confirms || again->candidate == static_cast<int>(challenger)) result = std::move(again);
      race = confirms ? compare(result->seconds[incumbent], result->seconds[challenger]) : Comparison{};
    }
  }

  Measurement measurement =
      measurementOf({candidate.schedule, predictedCycles(kernel_.spec, candidate.schedule, options.threads)});
  measurement.outcome = result->outcome;
  measurement.detail = result->detail;
  if (result->outcome == Outcome::ok) {
    const TimingStatistics times = statisticsOf(result->seconds[challenger]);
    measurement.seconds = times.least;
    measurement.spread = times.spread;
    measurement.rounds = times.rounds;
    measurement.defaultSeconds = statisticsOf(result->seconds[0]).least;
  }
  search_.learn(candidate.schedule, measurement.outcome, relativeTimeOf(measurement));
  remember(measurement, atSeconds);
  if (race.faster) {
    bestSpeedup_ = measurement.defaultSeconds / measurement.seconds;
    incumbent_ = std::move(candidate);
  }
  return measurement;
}

Measurement KernelTuning::measurementOf(const RankedSchedule &schedule) const {
  Measurement measurement;
  measurement.key = key_;
  measurement.kernel = summary_.kernel;
  measurement.schedule = toString(schedule.schedule);
  measurement.defaultSchedule = summary_.defaultSchedule;
  measurement.predictedCycles = schedule.predictedCycles;
  measurement.date = dateNow();
  return measurement;
}

Measurement KernelTuning::recordFailure(const RankedSchedule &schedule, Outcome outcome, std::string detail,
                                        double atSeconds) {
  Measurement measurement = measurementOf(schedule);
  measurement.outcome = outcome;
  measurement.detail = std::move(detail);
  search_.learn(schedule.schedule, outcome, 0);
  remember(measurement, atSeconds);
  return measurement;
}

Result<Verdict> KernelTuning::decide(const JobRunner &runner, const MeasuringOptions &options) {
  Verdict verdict;
  verdict.key = key_;
  verdict.kernel = summary_.kernel;
  verdict.schedule = keepsDefault;
  verdict.date = dateNow();
  summary_.defaultSeconds = summary_.tunedSeconds = defaultSecondsEver_;
  if (!incumbent_) return verdict;
  RunnerJob job = jobFor(options);
  job.candidates.push_back(incumbent_->forRunner());
  job.seconds = longSeconds;
  job.mostRounds = longRounds;
  Result<RunnerResult> result = runCalmly(runner, job);
  if (!result) return tl::unexpected(result.error());
  if (result->outcome != Outcome::ok) {
    summary_.remark = fmt::format("{} failed in the last comparison: {}", toString(incumbent_->schedule),
                                  toString(result->outcome));
    return verdict;
  }
  const Comparison race = compare(result->seconds[0], result->seconds[1]);
  summary_.defaultSeconds = statisticsOf(result->seconds[0]).least;
  summary_.tunedSeconds = summary_.defaultSeconds;
  if (!race.faster) {
    summary_.remark = fmt::format("{} was no faster in the last comparison", toString(incumbent_->schedule));
    return verdict;
  }
  summary_.tunedSeconds = statisticsOf(result->seconds[1]).least;
  summary_.tunedSchedule = verdict.schedule = toString(incumbent_->schedule);
  verdict.speedup = bestSpeedup_ = race.ratio;
  return verdict;
}

void KernelTuning::remember(const Measurement &measurement, double atSeconds) {
  MeasuredCandidate candidate;
  candidate.schedule = measurement.schedule;
  candidate.outcome = measurement.outcome;
  candidate.predictedCycles = measurement.predictedCycles;
  candidate.atSeconds = atSeconds;
  if (const Result<Schedule> schedule = parseSchedule(measurement.schedule))
    candidate.ranked = search_.isRanked(*schedule);
  if (measurement.outcome == Outcome::ok && measurement.seconds > 0) {
    candidate.seconds = measurement.seconds;
    candidate.speedup = measurement.defaultSeconds / measurement.seconds;
  }
  const auto same = std::ranges::find(summary_.candidates, candidate.schedule, &MeasuredCandidate::schedule);
  if (same != summary_.candidates.end())
    *same = std::move(candidate); // measured again, as what others are compared with is
  else
    summary_.candidates.push_back(std::move(candidate));
}

KernelSummary KernelTuning::finishedSummary() const {
  KernelSummary summary = summary_;
  std::vector<double> predicted, measured;
  for (const MeasuredCandidate &candidate : summary.candidates)
    if (candidate.ranked && candidate.predictedCycles > 0 && candidate.speedup > 0) {
      predicted.push_back(candidate.predictedCycles);
      measured.push_back(1 / candidate.speedup);
    }
  summary.rankCorrelation = rankCorrelation(predicted, measured);
  return summary;
}

void KernelTuning::release() {
  workload_.reset();
  operands_.clear();
  expected_.clear();
  default_.reset();
  incumbent_.reset();
}

} // namespace ninc

#include "tuner/session/KernelTuning.h"

#include <algorithm>
#include <utility>

#include "codegen/schedule/ScheduleText.h"
#include "tuner/measure/Statistics.h"

namespace ninc {

namespace {

// By the default's time in the same run; 0 unless both are times that can be.
double relativeTimeOf(const Measurement &measurement) {
  constexpr double most = 1e3;
  if (measurement.outcome != Outcome::ok || measurement.defaultSeconds <= 0) return 0;
  const double relative = measurement.seconds / measurement.defaultSeconds;
  return relative >= 1 / most && relative <= most ? relative : 0;
}

} // namespace

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

std::optional<Measurement> KernelTuning::learn(const Schedule &schedule, const RaceResult &result,
                                               double atSeconds) {
  if (!result.atFault) {
    search_.learn(schedule, result.outcome, 0);
    return std::nullopt;
  }
  Measurement measurement = measurementOf(schedule, result);
  search_.learn(schedule, measurement.outcome, relativeTimeOf(measurement));
  remember(measurement, atSeconds);
  return measurement;
}

Measurement KernelTuning::measurementOf(const Schedule &schedule, const RaceResult &result) const {
  Measurement measurement;
  measurement.key = key_;
  measurement.kernel = summary_.kernel;
  measurement.schedule = toString(schedule);
  measurement.defaultSchedule = summary_.defaultSchedule;
  measurement.predictedCycles = predictedCycles(kernel_.spec, schedule, search_.options().threads);
  measurement.date = dateNow();
  measurement.outcome = result.outcome;
  measurement.detail = result.detail;
  measurement.seconds = result.times.least;
  measurement.spread = result.times.spread;
  measurement.rounds = result.times.rounds;
  measurement.defaultSeconds = result.defaultSeconds;
  return measurement;
}

Verdict KernelTuning::conclude(const Decision &decision) {
  Verdict verdict;
  verdict.key = key_;
  verdict.kernel = summary_.kernel;
  verdict.schedule = decision.tuned ? toString(*decision.tuned) : std::string(keepsDefault);
  verdict.speedup = decision.speedup;
  verdict.date = dateNow();
  summary_.defaultSeconds = decision.defaultSeconds;
  summary_.tunedSeconds = decision.tunedSeconds;
  summary_.remark = decision.remark;
  if (decision.tuned) summary_.tunedSchedule = verdict.schedule;
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

} // namespace ninc

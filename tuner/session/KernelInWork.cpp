#include "tuner/session/KernelInWork.h"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <sys/wait.h>
#include <utility>

#include "codegen/schedule/ScheduleText.h"
#include "support/ByteStream.h"
#include "support/Shortage.h"

namespace ninc {

namespace {

// Processor time of a candidate's compilation: the slowest ones that Halide finishes take some ten seconds.
// One that also works out error bounds may take longer, as may the reference.
constexpr int mostCompileSeconds = 60, mostReferenceSeconds = 1800;

using Tensors = std::vector<std::vector<float>>;

void walkTensors(auto &stream, auto &tensors) {
  stream.each(tensors, [](auto &to, auto &tensor) { to.sequence(tensor); });
}

Result<Tensors> resultsFrom(const ForkedTask::End &end) {
  if (const std::string reason = whatRanOut(end); !reason.empty())
    return fail("evaluating a kernel by the reference: " + reason);
  if (!endedWell(end)) return failInternal("evaluating a kernel by the reference was given up");
  auto results =
      decodeResult<Tensors>(end.bytes, [](auto &from, auto &tensors) { walkTensors(from, tensors); });
  if (!results) return failInternal("the reference has no answer");
  return std::move(*results);
}

// Killed by the system, short of memory, or by somebody: that says nothing about the schedule.
bool wasKilled(const ForkedTask::End &end) {
  return WIFSIGNALED(end.status) ? WTERMSIG(end.status) == SIGKILL
                                 : WEXITSTATUS(end.status) == outOfMemoryStatus;
}

// Why there is no candidate, for a record.
std::string reasonOf(const ForkedTask::End &end) {
  if (WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGXCPU)
    return "compiling took too much processor time";
  return "compiling ended with " + howItEnded(end);
}

// What earlier sessions liked: the verdict's schedule, and those that were the fastest. More than one,
// because the time of the fastest of many is likely to be a lucky one. The best is the last.
std::vector<Schedule> bestKnownOf(const KernelTuning &tuning, std::span<const Record> known) {
  constexpr std::size_t most = 3;
  std::vector<MeasuredCandidate> fastest = tuning.summary().candidates;
  std::erase_if(fastest, [](const MeasuredCandidate &candidate) { return candidate.speedup <= 1; });
  std::ranges::stable_sort(fastest, std::ranges::greater(), &MeasuredCandidate::speedup);
  std::vector<std::string> texts;
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(known);
  if (const auto verdict = verdicts.find(tuning.key()); verdict != verdicts.end())
    texts.push_back(verdict->second.schedule);
  for (const MeasuredCandidate &candidate : fastest)
    if (texts.size() < most) texts.push_back(candidate.schedule);
  std::vector<Schedule> schedules;
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    Result<Schedule> schedule = parseSchedule(*text);
    if (!schedule || !checkLegal(tuning.spec(), *schedule, tuning.search().options().exactness)) continue;
    if (*schedule == tuning.search().defaultSchedule()) continue;
    if (std::ranges::find(schedules, *schedule) == schedules.end()) schedules.push_back(std::move(*schedule));
  }
  return schedules;
}

} // namespace

KernelInWork::KernelInWork(const KernelToTune &kernel, const SearchOptions &options, const RecordKey &key,
                           std::span<const Record> known, std::optional<std::size_t> mostCandidates)
    : tuning_(kernel, options, key), mostCandidates_(mostCandidates) {
  resume(known);
}

void KernelInWork::resume(std::span<const Record> known) {
  std::vector<Measurement> measurements;
  for (const Record &record : known)
    if (const auto *measurement = std::get_if<Measurement>(&record);
        measurement && measurement->key == tuning_.key())
      measurements.push_back(*measurement);
  tuning_.resume(measurements);
  knownBefore_ = tuning_.search().measured();
  bestKnown_ = bestKnownOf(tuning_, known);
  for (const Schedule &schedule : bestKnown_)
    unsettled_.insert(toString(schedule));
}

CandidateCounts KernelInWork::counts() const {
  const KernelSearch &search = tuning_.search();
  CandidateCounts counts{search.measured(), search.known(), knownBefore_};
  if (!mostCandidates_) return counts;
  constexpr std::size_t theDefault = 1;
  const std::size_t most = knownBefore_ + theDefault + *mostCandidates_;
  counts.known = std::max(counts.measured, std::min(counts.known, most));
  return counts;
}

std::optional<CompileTask> KernelInWork::next() {
  switch (stage_) {
  case Stage::fresh:
    stage_ = Stage::evaluating;
    workload_ = std::make_unique<Workload>(makeWorkload(tuning_.spec()));
    return CompileTask{TaskKind::reference};
  case Stage::evaluated:
    stage_ = Stage::compilingDefault;
    return CompileTask{TaskKind::defaultSchedule, tuning_.search().defaultSchedule()};
  case Stage::searching:
    if (!bestKnown_.empty()) {
      CompileTask again{TaskKind::challenger, std::move(bestKnown_.back())};
      bestKnown_.pop_back();
      return again;
    }
    cutShort_ = mostCandidates_ && proposed_ >= *mostCandidates_;
    if (cutShort_) return std::nullopt;
    if (std::optional<RankedSchedule> proposal = tuning_.search().propose()) {
      ++proposed_;
      return CompileTask{TaskKind::challenger, std::move(proposal->schedule)};
    }
    return std::nullopt;
  case Stage::evaluating:
  case Stage::compilingDefault:
  case Stage::givenUp:
    break;
  }
  return std::nullopt;
}

std::string KernelInWork::work(const CompileTask &task) const {
  if (task.kind == TaskKind::reference)
    return encodeResult(evaluateWorkload(*workload_),
                        [](auto &to, auto &tensors) { walkTensors(to, tensors); });
  return encode(makeCandidate(*workload_, task.schedule, bounds_.of(task.schedule)));
}

int KernelInWork::mostSeconds(const CompileTask &task) const {
  const bool isCompiledAlone = task.kind != TaskKind::reference && bounds_.of(task.schedule);
  return isCompiledAlone ? mostCompileSeconds : mostReferenceSeconds;
}

Result<KernelInWork::Accepted> KernelInWork::acceptReference(const ForkedTask::End &end) {
  const Result<Tensors> results = resultsFrom(end);
  if (!results) {
    giveUp(results.error().message);
    return Accepted();
  }
  Result<StoredWorkload> stored = StoredWorkload::store(*workload_, *results);
  if (!stored) return tl::unexpected(stored.error());
  stored_ = std::move(*stored);
  stage_ = Stage::evaluated;
  return Accepted();
}

Result<KernelInWork::Accepted> KernelInWork::accept(const CompileTask &task, const ForkedTask::End &end,
                                                    double atSeconds) {
  if (task.kind == TaskKind::reference) return acceptReference(end);
  unsettled_.erase(toString(task.schedule));
  Result<Candidate> candidate = endedWell(end) ? decodeCandidate(end.bytes) : fail(reasonOf(end));
  if (candidate) {
    bounds_.learn(task.schedule, candidate->bounds);
    return Accepted(std::move(*candidate));
  }
  if (task.kind == TaskKind::defaultSchedule) giveUp(candidate.error().message);
  const RaceResult failure{Outcome::uncompilable, !wasKilled(end), candidate.error().message, {}, 0};
  if (auto measurement = tuning_.learn(task.schedule, failure, atSeconds))
    return Accepted(std::move(*measurement));
  return Accepted();
}

Result<std::optional<Measurement>> KernelInWork::measure(const CompileTask &task, const Candidate &candidate,
                                                         const JobRunner &runner,
                                                         const MeasuringOptions &options, double atSeconds) {
  Result<StoredCandidate> stored = StoredCandidate::store(task.schedule, candidate);
  if (!stored) return tl::unexpected(stored.error());
  const bool isDefault = task.kind == TaskKind::defaultSchedule;
  if (isDefault) race_.emplace(tuning_.name(), std::move(*stored_), std::move(*stored));
  Result<RaceResult> result = isDefault ? race_->measureDefault(runner, options)
                                        : race_->challenge(std::move(*stored), runner, options);
  if (!result) return tl::unexpected(result.error());
  if (isDefault) {
    stage_ = Stage::searching;
    if (!result->atFault)
      giveUp("its default schedule can't be run");
    else if (result->outcome != Outcome::ok)
      giveUp(fmt::format("its default schedule fails: {} {}", toString(result->outcome), result->detail));
  }
  return tuning_.learn(task.schedule, *result, atSeconds);
}

void KernelInWork::giveUp(const std::string &reason) {
  stage_ = Stage::givenUp;
  complaint_ = reason;
}

Result<Verdict> KernelInWork::decide(const JobRunner &runner, const MeasuringOptions &options) {
  const Result<Decision> decision = race_->decide(runner, options);
  if (!decision) return tl::unexpected(decision.error());
  return tuning_.conclude(*decision);
}

KernelSummary KernelInWork::finish() {
  workload_.reset();
  stored_.reset();
  race_.reset();
  return tuning_.finishedSummary();
}

} // namespace ninc

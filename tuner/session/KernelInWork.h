// One kernel on its way through a tuning, stage by stage: the reference's results, the default schedule
// compiled and timed, then one challenger after another, and the last comparison. Says what a child shall
// make next and takes what comes back; who starts children, who measures, and when, is its owner's to decide
// (tuner/session/Tuner.h).
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "support/ForkedTask.h"
#include "tuner/candidate/Candidate.h"
#include "tuner/candidate/Workload.h"
#include "tuner/session/CompileTask.h"
#include "tuner/session/KernelTuning.h"
#include "tuner/session/Race.h"
#include "tuner/session/TuningProgress.h"

namespace ninc {

// Movable.
class KernelInWork {
public:
  // `known` are records from before. Of its search at most `mostCandidates` schedules are tried, if that is
  // given.
  KernelInWork(const KernelToTune &kernel, const SearchOptions &options, const RecordKey &key,
               std::span<const Record> known, std::optional<std::size_t> mostCandidates);

  const KernelTuning &tuning() const { return tuning_; }
  double bestSpeedup() const { return race_ ? race_->bestSpeedup() : 1; }
  double defaultSeconds() const { return race_ ? race_->defaultSeconds() : 0; }
  CandidateCounts counts() const;

  // What a child shall make next, which the caller then owes an answer for. None: nothing now, or nothing
  // more.
  std::optional<CompileTask> next();
  // What the child computes for it, and how much processor time it may take, in seconds.
  std::string work(const CompileTask &task) const;
  int mostSeconds(const CompileTask &task) const;

  // What a child's answer is good for: nothing more; a failure to be recorded; or a candidate to be measured.
  using Accepted = std::variant<std::monostate, Measurement, Candidate>;
  // `atSeconds` after tuning began. An error is one of the system.
  Result<Accepted> accept(const CompileTask &task, const ForkedTask::End &end, double atSeconds);

  // Measures a candidate that was accepted. What comes back is to be recorded.
  Result<std::optional<Measurement>> measure(const CompileTask &task, const Candidate &candidate,
                                             const JobRunner &runner, const MeasuringOptions &options,
                                             double atSeconds);

  // Whether the search has been cut short by `mostCandidates`.
  bool cutShort() const { return cutShort_; }
  // Why it can't be tuned, if that has come out since the last call: without a reference and a default there
  // is nothing to compare with. Nothing is next then.
  std::optional<std::string> takeComplaint() { return std::exchange(complaint_, std::nullopt); }

  // Whether a verdict may be given. What earlier sessions found isn't judged before it has raced again.
  bool mayBeDecided() const { return stage_ == Stage::searching && unsettled_.empty(); }
  Result<Verdict> decide(const JobRunner &runner, const MeasuringOptions &options);

  // The summary; frees everything that only measuring needs.
  KernelSummary finish();

private:
  enum class Stage { fresh, evaluating, evaluated, compilingDefault, searching, givenUp };

  void resume(std::span<const Record> known);
  void giveUp(const std::string &reason);
  Result<Accepted> acceptReference(const ForkedTask::End &end);

  KernelTuning tuning_;
  std::optional<std::size_t> mostCandidates_;
  Stage stage_ = Stage::fresh;
  std::vector<Schedule> bestKnown_; // from earlier sessions, to be compiled again; the next one last
  std::set<std::string> unsettled_; // of those, the ones that haven't been measured again yet
  std::size_t knownBefore_ = 0;     // measured in earlier sessions
  std::size_t proposed_ = 0;        // by the search, in this session
  bool cutShort_ = false;
  std::optional<std::string> complaint_;
  std::unique_ptr<Workload> workload_; // from the first task on
  KnownBounds bounds_;
  std::optional<StoredWorkload> stored_; // between the reference and the race
  std::optional<Race> race_;             // from the default's code on
};

} // namespace ninc

// Candidates of one kernel against each other. Every one runs in the same rounds as the default schedule,
// which all times are relative to, and as the best so far.
//
// Who has been faster once may have been lucky: where pages lie in memory differs from one process to the
// next, and with it times by some per cent. So whoever looks faster runs again, for longer, in a second
// process, and that run decides. A run during which the default took much longer than it has before is
// repeated: something else was going on.
#pragma once

#include <optional>
#include <string>

#include "codegen/schedule/Schedule.h"
#include "support/Result.h"
#include "tuner/measure/JobRunner.h"
#include "tuner/measure/Measuring.h"
#include "tuner/measure/Statistics.h"
#include "tuner/session/StoredFiles.h"

namespace ninc {

// What became of one candidate in a race.
struct RaceResult {
  Outcome outcome = Outcome::ok;
  bool atFault =
      true;           // false: the run failed by somebody else's doing, and nothing is known of the candidate
  std::string detail; // of a failure
  TimingStatistics times;    // the candidate's; all zero unless ok
  double defaultSeconds = 0; // least of the default schedule's, in the same run; 0 unless ok
};

// The last word on a kernel.
struct Decision {
  std::optional<Schedule> tuned; // faster than the default beyond doubt; none: the default stays
  double speedup = 1;            // in the last comparison
  double defaultSeconds = 0, tunedSeconds = 0; // least of a call; equal where the default stays
  std::string remark; // why it stays although a candidate has won before; empty otherwise
};

// Knows whom it races and what on; who runs the jobs is handed in. Movable.
class Race {
public:
  // `label` is for the runner's messages; `usual` is the default schedule.
  Race(std::string label, StoredWorkload workload, StoredCandidate usual)
      : label_(std::move(label)), workload_(std::move(workload)), usual_(std::move(usual)) {}

  // The default alone, before anybody races it. An error, here and below, is one of the system or of ours.
  Result<RaceResult> measureDefault(const JobRunner &runner, const MeasuringOptions &options);

  // One candidate more. It becomes the best so far if it is faster than that beyond doubt. If the best so far
  // fails, perhaps by chance, it loses its place to the default, and the challenger isn't blamed.
  Result<RaceResult> challenge(StoredCandidate challenger, const JobRunner &runner,
                               const MeasuringOptions &options);

  // Default and best so far, side by side for longer.
  Result<Decision> decide(const JobRunner &runner, const MeasuringOptions &options);

  bool hasIncumbent() const { return incumbent_.has_value(); } // somebody faster than the default
  // Of the best so far over the default, when it became that; 1 while it is the default.
  double bestSpeedup() const { return bestSpeedup_; }
  // Least time of the default in any run; 0 before the first.
  double defaultSeconds() const { return defaultSeconds_; }

private:
  RunnerJob jobFor(const MeasuringOptions &options) const;
  Result<RunnerResult> runCalmly(const JobRunner &runner, const RunnerJob &job);
  Result<std::optional<RunnerResult>> confirm(const RunnerResult &first, RunnerJob job,
                                              const JobRunner &runner);

  std::string label_;
  StoredWorkload workload_;
  StoredCandidate usual_;
  std::optional<StoredCandidate> incumbent_;
  double bestSpeedup_ = 1, defaultSeconds_ = 0;
};

} // namespace ninc

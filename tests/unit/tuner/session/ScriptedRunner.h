// A machine as tests need it: nothing runs, and times are what the test says.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tuner/measure/JobRunner.h"
#include "tuner/session/StoredFiles.h"

namespace ninc::testing {

// Answers jobs with what was scripted, in that order, and remembers the jobs.
class ScriptedRunner : public JobRunner {
public:
  // The next job's candidates take these times, in seconds, in every round.
  void takes(const std::vector<double> &seconds);
  // The next job ends by the doing of this candidate; -1: of none of them.
  void fails(Outcome outcome, int candidate, const std::string &detail = "");
  // The next job can't be run.
  void breaks(const std::string &why);

  Result<RunnerResult> run(const RunnerJob &job) const override;

  const std::vector<RunnerJob> &jobs() const { return jobs_; }
  bool isAtItsEnd() const { return answers_.empty(); }

private:
  mutable std::deque<Result<RunnerResult>> answers_;
  mutable std::vector<RunnerJob> jobs_;
};

// A candidate that there is no code of, with one result.
StoredCandidate withoutCode(const Schedule &schedule);

} // namespace ninc::testing

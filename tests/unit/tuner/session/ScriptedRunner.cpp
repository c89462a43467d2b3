#include "tests/unit/tuner/session/ScriptedRunner.h"

#include <gtest/gtest.h>

namespace ninc::testing {

void ScriptedRunner::takes(const std::vector<double> &seconds) {
  RunnerResult result;
  for (const double one : seconds)
    result.seconds.emplace_back(20, one);
  answers_.emplace_back(std::move(result));
}

void ScriptedRunner::fails(Outcome outcome, int candidate, const std::string &detail) {
  RunnerResult result;
  result.outcome = outcome;
  result.candidate = candidate;
  result.detail = detail;
  answers_.emplace_back(std::move(result));
}

void ScriptedRunner::breaks(const std::string &why) {
  answers_.emplace_back(fail(why));
}

Result<RunnerResult> ScriptedRunner::run(const RunnerJob &job) const {
  jobs_.push_back(job);
  if (answers_.empty()) {
    ADD_FAILURE() << "a job that nobody expected";
    return fail("the script is at its end");
  }
  Result<RunnerResult> answer = std::move(answers_.front());
  answers_.pop_front();
  if (answer && answer->outcome == Outcome::ok) {
    EXPECT_EQ(answer->seconds.size(), job.candidates.size());
  }
  return answer;
}

StoredCandidate withoutCode(const Schedule &schedule) {
  return StoredCandidate::store(schedule, Candidate{"no library", {"no weights"}, {0.5}}).value();
}

} // namespace ninc::testing

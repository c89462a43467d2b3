// Schedules of a fused mlpconv that are worth comparing, and the one that the cost model takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/schedule/mlpconv/MlpconvCost.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
#include "codegen/spec/Exactness.h"

namespace ninc {

// One for each algorithm and number of whole layers, each legal: register tiles, groups and blocks are chosen
// as the cost model has them best. Never empty; the first ones are direct, by the number of whole layers.
std::vector<MlpconvSchedule> candidateSchedules(const MlpconvProblem &problem, Exactness exactness);

// A schedule and what the model expects of it on one thread.
struct MlpconvExpectation {
  MlpconvSchedule schedule;
  MlpconvCost cost;
};

struct MlpconvChoice {
  MlpconvExpectation best;                 // of all candidates
  std::optional<MlpconvExpectation> other; // the best of the other algorithm, if there is any
};

// The cheapest of the candidates, for one thread and for two.
MlpconvChoice chooseMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness);
MlpconvSchedule defaultMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness = Exactness::fast);

// For a remark behind the schedule's text, without a full stop: what the model expects of the choice, and of
// the other algorithm.
std::string reasonFor(const MlpconvChoice &choice);

} // namespace ninc

// Schedules of a fused mlpconv that are worth comparing, and the one that the cost model takes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/schedule/mlpconv/MlpconvCost.h"
#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
#include "codegen/spec/Exactness.h"

namespace ninc {

// What of a schedule decides how weights are packed (codegen/kernel/PackMlpconv.cpp).
struct WeightLayout {
  std::optional<WinogradTile> winograd;
  std::vector<std::int64_t> panels; // channels a panel, of each convolution; 0: any
  friend bool operator==(const WeightLayout &, const WeightLayout &) = default;
};
WeightLayout layoutOf(const MlpconvSchedule &schedule, const Target &target);

// The layout with 0 for panels that the problem's schedules can't have.
WeightLayout fitted(WeightLayout layout, const MlpconvProblem &problem);

// One for each algorithm and number of whole layers, each legal: register tiles, groups and blocks are chosen
// as the cost model has them best. Without a layout never empty; the first ones are direct, by the number of
// whole layers. With one (fitted to the problem) those alone that read weights which are packed so.
std::vector<MlpconvSchedule> candidateSchedules(const MlpconvProblem &problem, Exactness exactness,
                                                const WeightLayout *layout = nullptr);

// A schedule and what the model expects of it on one thread.
struct MlpconvExpectation {
  MlpconvSchedule schedule;
  MlpconvCost cost;
};

struct MlpconvChoice {
  MlpconvExpectation best;                 // of all candidates
  double objective = 0;                    // what it is the least of: cycles, for one thread and for two
  std::optional<MlpconvExpectation> other; // the best of the other algorithm, if there is any
};

// The cheapest of the candidates, for one thread and for two.
MlpconvChoice chooseMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness);

// The cheapest of those with a layout, if there is any.
std::optional<MlpconvChoice> chooseMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness,
                                                   const WeightLayout &layout);
MlpconvSchedule defaultMlpconvSchedule(const MlpconvProblem &problem, Exactness exactness = Exactness::fast);

// For a remark behind the schedule's text, without a full stop: what the model expects of the choice, and of
// the other algorithm.
std::string reasonFor(const MlpconvChoice &choice);

} // namespace ninc

// Schedules of a fused mlpconv that are worth comparing, and the one that the cost model takes.
#pragma once

#include <string>
#include <vector>

#include "codegen/schedule/mlpconv/MlpconvSchedule.h"

namespace ninc {

// One for each algorithm and number of whole layers, each legal: register tiles, groups and blocks are chosen
// as the cost model has them best. Never empty; the first ones are direct, by the number of whole layers.
// defaultMlpconvSchedule is the cheapest of them.
std::vector<MlpconvSchedule> candidateSchedules(const KernelSpec &spec, Exactness exactness);

// A sentence for a remark: what was chosen, and what the model expects of it and of the best of the other
// algorithm. Without a full stop.
std::string reasonFor(const KernelSpec &spec, const MlpconvSchedule &schedule, Exactness exactness);

} // namespace ninc

// The moves between schedules of a fused mlpconv.
#pragma once

#include <vector>

#include "codegen/schedule/mlpconv/MlpconvSchedule.h"
#include "codegen/spec/KernelSpec.h"

namespace ninc {

// Every legal schedule that differs from this one in one choice; where another choice depends on that one (a
// block is a multiple of every tile), it follows. `structures` are schedules of other algorithms and numbers
// of whole layers (candidateSchedules): those that are next to this one's come too, as they are and with this
// one's register tiles. May contain repetitions.
std::vector<MlpconvSchedule> mlpconvMoves(const KernelSpec &spec, const MlpconvSchedule &schedule,
                                          const std::vector<MlpconvSchedule> &structures, int threads);

} // namespace ninc

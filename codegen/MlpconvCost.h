// The cost model behind default schedules of fused mlpconvs: how many cycles a schedule takes on a target.
//
// Three things are added up. Sums: multiply-adds at the rate of the FMA units, stretched by what a register
// tile wastes (padding, latency, loads). Transforms: vector instructions of Winograd's input and output
// transforms. Memory: bytes from beyond L2, which every kernel pays at least once for its weights, since
// the other kernels of a network have pushed them out. The constants are measured (docs/performance.md,
// "The rules behind the schedules"); nothing else in here belongs to a machine.
#pragma once

#include <vector>

#include "codegen/MlpconvSchedule.h"

namespace ninc {

// Bytes a cycle that one core gets from beyond its L2 while it computes: 4 to 6 on a Sapphire-Rapids-class
// Xeon and on a Zen-3-class one, half of what it gets when it does nothing else.
constexpr double bytesFromBeyondL2 = 8;

// Cycles of one core's share.
struct MlpconvCost {
  double sums = 0, transforms = 0, memory = 0;
  double total() const { return sums + transforms + memory; }
};

// Of one call, work shared by `threads` threads. The schedule must be legal for the spec.
MlpconvCost predictCost(const KernelSpec &spec, const MlpconvSchedule &schedule, int threads);

// Schedules worth a look, each legal, one for each algorithm and number of whole layers: register tiles,
// groups and blocks are chosen as the model has them best. Never empty; the first is direct in blocks.
std::vector<MlpconvSchedule> candidateSchedules(const KernelSpec &spec, Arithmetic arithmetic);

// A sentence for a remark: what was chosen, and what the model expects of it and of the runner-up of the
// other algorithm. Without a full stop.
std::string reasonFor(const KernelSpec &spec, const MlpconvSchedule &schedule, Arithmetic arithmetic);

} // namespace ninc

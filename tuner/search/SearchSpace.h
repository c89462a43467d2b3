// Which schedules there are to try for a kernel, as data: a ranked list to begin with, and what lies one move
// away from a schedule. Everything in here is legal for its spec (checkLegal), whatever the target.
//
// For mlpconvs the choices are the algorithm (direct, or Winograd's tile), how many layers go whole instead
// of in blocks of pixels, each layer's register tile, the block, the group of Winograd's tiles, the order of
// a block's loops, how much of the reduction is written out, and how far ahead weights are asked for; on a
// device those of tuner/search/GpuMoves.h. Other kernels have few choices: the list goes through them, from
// the widest vectors down. A schedule for one thread keeps its parallel loops: the library that takes it may
// still be given a team.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"

namespace ninc {

struct RankedSchedule {
  Schedule schedule;
  double predictedCycles = 0; // 0: the cost model has no opinion of this kind of kernel
};

// By the cost model; 0 if it has no opinion. Only comparable between schedules of one spec.
double predictedCycles(const KernelSpec &spec, const Schedule &schedule, int threads);

// Of schedules that the cost model errs about alike, equal texts: the same algorithm and as many whole
// layers; on a device the same way of staging the input and as many channels a thread.
std::string structureOf(const Schedule &schedule);

// At most `count` schedules, the default one first: the best of each algorithm and number of whole layers (on
// a device of each structure), some that a random walk over moves meets, and the cheapest that a search over
// moves finds with the cost model alone. The random ones are there because the model errs: they show where,
// and how well it ranks. Without repetition, deterministic.
std::vector<RankedSchedule> rankedSchedules(const KernelSpec &spec, Exactness exactness, int threads,
                                            std::size_t count);

// What one change makes of a schedule: another register tile for one layer, another block, ... The changes
// that the cost model likes come first. Without the schedule itself.
std::vector<RankedSchedule> neighboursOf(const KernelSpec &spec, const Schedule &schedule,
                                         Exactness exactness, int threads);

} // namespace ninc

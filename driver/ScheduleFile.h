// Schedules from a file instead of the cost model: for experiments and reports of defects.
//
//   # a comment
//   stage1: direct tiles 3x8,3x8,2x12 block 24 unroll 4 parallel
//   stage1@x86-64-v2: direct tiles 3x4,3x4,2x4 block 24 unroll 4 parallel
//   stage1@opencl: block 8x1, thread 4x4, channel-threads 48, unroll 4, slices 1, staged
//
// A name alone is the CPU's kernel, whichever CPU; with a target's name behind it, that CPU's or device's.
#pragma once

#include <map>
#include <string>

#include "codegen/schedule/Schedule.h"
#include "codegen/spec/KernelSpec.h"
#include "codegen/target/Targets.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct ScheduleLine {
  std::string where; // "FILE:LINE"
  Schedule schedule;
};

// By the name of the kernel's first result, as it stands in the file: with or without a target.
using ScheduleFile = std::map<std::string, ScheduleLine>;

// The file's line for the kernel of that first result on a target, or null.
const ScheduleLine *lineFor(const ScheduleFile &file, const std::string &result, const KernelTarget &target);

// Reads what the file `name` held. Errors name the file and the line: what isn't a schedule, a name that no
// kernel of `optimised` has, a target that no code is made for, a name given twice.
Result<ScheduleFile> parseScheduleFile(const std::string &text, const std::string &name,
                                       const Graph &optimised, const Targets &targets);

} // namespace ninc

// Schedules from a file instead of the cost model: for experiments and reports of defects.
//
//   # a comment
//   stage1: direct tiles 3x8,3x8,2x12 block 24 unroll 4 parallel
#pragma once

#include <map>
#include <string>

#include "codegen/Schedule.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct ScheduleLine {
  std::string where; // "FILE:LINE"
  Schedule schedule;
};

// By the name of the kernel's first result.
using ScheduleFile = std::map<std::string, ScheduleLine>;

// Errors name the file and the line: what isn't a schedule, a name that no kernel of `optimised`
// has, a name given twice.
Result<ScheduleFile> readScheduleFile(const std::string &path, const Graph &optimised);

} // namespace ninc

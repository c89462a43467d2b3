// Schedules from a file instead of the cost model: for experiments and reports of defects.
//
//   # a comment
//   stage1: direct tiles 3x8,3x8,2x12 block 24 unroll 4 parallel
//   stage1@opencl: block 8x1, thread 4x4, channel-threads 48, unroll 4, slices 1, staged
//
// A name alone is the CPU's kernel; with a device's name behind it, the device's.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "codegen/schedule/Schedule.h"
#include "codegen/target/Targets.h"
#include "ir/Graph.h"
#include "support/Result.h"

namespace ninc {

struct ScheduleLine {
  std::string where; // "FILE:LINE"
  Schedule schedule;
};

// By the name of the kernel's first result, as it stands in the file: with or without a device.
using ScheduleFile = std::map<std::string, ScheduleLine>;

// Under which a file has the kernel of that first result: "stage1", "stage1@opencl".
std::string scheduleName(const std::string &result, const std::optional<GpuTarget> &device);

// Reads what the file `name` held. Errors name the file and the line: what isn't a schedule, a name that no
// kernel of `optimised` has, a device that no code is made for, a name given twice.
Result<ScheduleFile> parseScheduleFile(const std::string &text, const std::string &name,
                                       const Graph &optimised, std::span<const GpuTarget> devices);

} // namespace ninc

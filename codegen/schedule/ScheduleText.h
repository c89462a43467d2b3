// Schedules as text and back: what --schedule, remarks, libraries and records of tuning hold. Both directions
// of every family stand in one file, so that what is printed is what is read.
#pragma once

#include <string>
#include <string_view>

#include "codegen/schedule/Schedule.h"
#include "support/Result.h"

namespace ninc {

// Equal texts mean equal schedules. By family:
//   loops          "vector 16, tasks 3"
//   grouped conv   "vector 16, tile 2x8, parallel"
//   dense          "vector 16, panel 64, parallel"
//   mlpconv        "winograd 4x4 tiles 3x8,3x8,2x12 group 16 block 48 unroll 4 whole 1 parallel"; "direct
//   ..."
//                  without group. What is as usual isn't mentioned: else "pixels-outer" or "prefetch 0"
//                  follow
//   on a device    "block-threads 256", "results 32, slices 8",
//                  "block 8x2, thread 4x4, channel-threads 48, unroll 4, slices 1, staged, stores 0+2"
std::string toString(const Schedule &schedule);
std::string toString(const MlpconvSchedule &schedule);
std::string toString(const GpuMlpconvSchedule &schedule);

// Reads any of these back. The error says what isn't understood.
Result<Schedule> parseSchedule(std::string_view text);
Result<MlpconvSchedule> parseMlpconvSchedule(std::string_view text);

} // namespace ninc

// Where a compile's schedules come from: a file that the user wrote, records of tuning, or the cost model, in
// this order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "codegen/schedule/ScheduleChoice.h"
#include "codegen/spec/KernelSpec.h"
#include "driver/Resolve.h"
#include "driver/ScheduleFile.h"
#include "support/Diagnostics.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {

// What was read, once: the cache's key and the compile see the same.
struct ScheduleSources {
  std::string file, text; // the schedule file's name and what it held; empty without one
  std::shared_ptr<TunedSchedules> tuned = std::make_shared<TunedSchedules>("", 1); // never null
};

// The records that count for the build: of its database or the user's own, then those that ninc brings along.
// A database that can't be read, or whose lines aren't records, costs a warning. For the target's devices
// they are those of the device that the build is to run on, else of the first one of its kind that is here,
// if there is one: its driver is asked.
std::shared_ptr<TunedSchedules> openRecords(const Build &build, Diagnostics &diagnostics);

// The records, and the schedule file's text. An error when that can't be read.
Result<ScheduleSources> openSchedules(const Build &build, Diagnostics &diagnostics);

// None: the cost model chooses.
using ChooseSchedule =
    std::function<Result<std::optional<ScheduleChoice>>(const KernelSpec &, const std::string &name)>;

// Puts them all together, for CompileOptions. `tuned` may be null: no records count.
ChooseSchedule chooserOf(ScheduleFile lines, std::shared_ptr<TunedSchedules> tuned, Exactness exactness);

} // namespace ninc

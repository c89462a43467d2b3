// Where a compile's schedules come from: a file that the user wrote, records of tuning, or the cost model, in
// this order.
#pragma once

#include <memory>
#include <string>

#include "tools/Build.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {

// The records that count for the request: of --db or the user's own database, then those that ninc brings
// along; none with --no-db. A database that can't be read, or whose lines aren't records, costs a warning.
// For the target's devices they are those of the device that the request names, else of the first one of its
// kind that is here, if there is one: its driver is asked, in a process of its own.
std::shared_ptr<TunedSchedules> tunedSchedules(const BuildRequest &request, const Target &target);

// Puts them all together into the options. The schedule file's lines must name kernels of `optimised`.
Result<void> takeSchedules(CompileOptions &options, const BuildRequest &request, const Graph &optimised,
                           std::shared_ptr<TunedSchedules> tuned);

// Compiles; if that fails with tuned schedules, warns and compiles without: records never stop a compile.
// Says, if the request wants remarks, why kernels are computed as they are. `tuned` are the request's; null:
// they are read here.
Result<CompileStatistics> compileReported(const Graph &optimised, const CompileOutput &output,
                                          CompileOptions options, const BuildRequest &request,
                                          const ModelSource &source,
                                          std::shared_ptr<TunedSchedules> tuned = nullptr);

} // namespace ninc

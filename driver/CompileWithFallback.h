// Records never stop a compile: where one fails with tuned schedules, it is done once more without them.
#pragma once

#include <functional>

#include "codegen/Compile.h"
#include "codegen/plan/CompileOptions.h"
#include "driver/ScheduleSources.h"
#include "support/Diagnostics.h"
#include "support/Result.h"

namespace ninc {

using CompileOnce = std::function<Result<CompileReport>(const CompileOptions &)>;

// Calls `compileOnce` with `options` and a choice of schedules: of the file's lines, the records, the cost
// model. If that fails and a record was used, warns and calls it again without records. A second failure is
// the error.
Result<CompileReport> compileWithFallback(const CompileOnce &compileOnce, CompileOptions options,
                                          const ScheduleFile &lines,
                                          const std::shared_ptr<TunedSchedules> &tuned,
                                          Diagnostics &diagnostics);

} // namespace ninc

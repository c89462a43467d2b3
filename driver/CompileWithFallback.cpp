#include "driver/CompileWithFallback.h"

#include <fmt/format.h>

namespace ninc {

Result<CompileReport> compileWithFallback(const CompileOnce &compileOnce, CompileOptions options,
                                          const ScheduleFile &lines,
                                          const std::shared_ptr<TunedSchedules> &tuned,
                                          Diagnostics &diagnostics) {
  options.chooseSchedule = chooserOf(lines, tuned, options.exactness);
  Result<CompileReport> report = compileOnce(options);
  if (report || !tuned->hasFound()) return report;
  const std::string reason = report.error().message;
  options.chooseSchedule = chooserOf(lines, nullptr, options.exactness);
  report = compileOnce(options);
  if (report)
    diagnostics.warning(
        {}, fmt::format("tuned schedules couldn't be compiled, the cost model's are used: {}", reason));
  return report;
}

} // namespace ninc

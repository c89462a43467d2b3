#include "tools/Schedules.h"

#include <fmt/format.h>

#include "support/StandardStreams.h"
#include "tools/ScheduleFile.h"
#include "tools/TuneDatabase.h"
#include "tuner/machine/CpuModel.h"
#include "tuner/machine/Machine.h"

namespace ninc {

namespace {

void warn(const std::string &text) {
  say("ninc: warning: {}\n", text);
}

// Reads a database for a compile, which goes on whatever it holds.
DatabaseContents readForCompile(const std::filesystem::path &path, bool named) {
  std::error_code error;
  if (named && !std::filesystem::exists(path, error))
    warn(fmt::format("there is no database '{}'; schedules are the cost model's", path.string()));
  Result<DatabaseContents> contents = readDatabase(path);
  if (!contents) {
    warn(contents.error().message + "; its records aren't used");
    return {};
  }
  warnOfBadLines(*contents);
  return std::move(*contents);
}

// No driver or no device is nothing to worry about: most machines that compile have none.
void nameDevices(const BuildRequest &request, TunedSchedules &tuned) {
  Result<Targets> targets = targetsOf(request);
  if (!targets) return;
  for (const GpuTarget &device : targets->devices) {
    const DeviceChoice first = deviceOf(device.api);
    const DeviceChoice choice = request.device.kind == first.kind ? request.device : first;
    if (Result<Machine> machine = machineWith({device, choice})) tuned.setDevice(device.api, machine->name);
  }
}

void remark(const BuildRequest &request, const std::string &text) {
  if (request.remarks && !text.empty()) say("ninc: remark: [tuning] {}\n", text);
}

} // namespace

std::shared_ptr<TunedSchedules> tunedSchedules(const BuildRequest &request, const Target &target) {
  // Code for a machine that isn't this one: which CPU it has is for the user to say.
  const std::string cpu = !request.cpu.empty() ? request.cpu : runsHere(target) ? cpuModel() : "";
  auto tuned = std::make_shared<TunedSchedules>(cpu, request.threads);
  if (request.withoutDatabase) return tuned;
  const bool named = !request.database.empty();
  const std::filesystem::path path = named ? std::filesystem::path(request.database) : usualDatabase();
  if (!path.empty()) tuned->add(readForCompile(path, named), path.string());
  tuned->add(shippedDatabase(), "shipped with ninc");
  nameDevices(request, *tuned);
  return tuned;
}

Result<void> takeSchedules(CompileOptions &options, const BuildRequest &request, const Graph &optimised,
                           std::shared_ptr<TunedSchedules> tuned) {
  ScheduleFile lines;
  if (!request.scheduleFile.empty()) {
    Result<ScheduleFile> read = readScheduleFile(request.scheduleFile, optimised, options.devices);
    if (!read) return tl::unexpected(read.error());
    lines = std::move(*read);
  }
  options.chooseSchedule =
      [lines = std::move(lines), tuned = std::move(tuned), exactness = options.exactness](
          const KernelSpec &spec, const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    const std::string scheduled =
        scheduleName(name, spec.isOnDevice() ? std::optional(spec.device()) : std::nullopt);
    if (const auto line = lines.find(scheduled); line != lines.end()) {
      if (Result<void> legal = checkLegal(spec, line->second.schedule); !legal)
        return fail(
            fmt::format("{}: not for '{}': {}", line->second.where, scheduled, legal.error().message));
      return ScheduleChoice(line->second.schedule, line->second.where);
    }
    if (tuned)
      if (auto found = tuned->find(spec, exactness))
        return ScheduleChoice(std::move(found->schedule), std::move(found->origin));
    return std::nullopt;
  };
  return {};
}

Result<CompileStatistics> compileReported(const Graph &optimised, const CompileOutput &output,
                                          CompileOptions options, const BuildRequest &request,
                                          const ModelSource &source, std::shared_ptr<TunedSchedules> tuned) {
  if (!tuned) tuned = tunedSchedules(request, options.target);
  if (auto taken = takeSchedules(options, request, optimised, tuned); !taken)
    return tl::unexpected(taken.error());
  Result<CompileReport> report = compile(optimised, output, options);
  if (!report && tuned->hasFound()) {
    if (auto taken = takeSchedules(options, request, optimised, nullptr); !taken)
      return tl::unexpected(taken.error());
    const std::string reason = report.error().message;
    report = compile(optimised, output, options);
    if (report)
      warn(fmt::format("tuned schedules couldn't be compiled, the cost model's are used: {}", reason));
  }
  if (!report) return tl::unexpected(report.error());
  printReasons(report->reasons, request, optimised, source);
  remark(request, tuned->unusedRemark());
  return report->statistics;
}

} // namespace ninc

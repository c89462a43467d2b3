#include "driver/ScheduleSources.h"

#include <fmt/format.h>
#include <utility>

#include "driver/TuneDatabase.h"
#include "support/Files.h"
#include "tuner/machine/Machine.h"

namespace ninc {

namespace {

// Reads a database for a compile, which goes on whatever it holds.
DatabaseContents readForCompile(const std::filesystem::path &path, bool named, Diagnostics &diagnostics) {
  std::error_code error;
  if (named && !std::filesystem::exists(path, error))
    diagnostics.warning(
        {}, fmt::format("there is no database '{}'; schedules are the cost model's", path.string()));
  Result<DatabaseContents> contents = readDatabase(path);
  if (!contents) {
    diagnostics.warning({}, contents.error().message + "; its records aren't used");
    return {};
  }
  warnOfBadLines(*contents, diagnostics);
  return std::move(*contents);
}

// No driver or no device is nothing to worry about: most machines that compile have none.
void nameDevices(const Build &build, TunedSchedules &tuned) {
  for (const GpuTarget &device : build.targets.devices) {
    const DeviceChoice first{device.kind, 0}, wanted = build.place.device;
    const DeviceChoice choice = wanted.kind == first.kind ? wanted : first;
    if (const std::optional<DeviceInfo> here = build.place.devices->find(choice))
      tuned.setDevice(device.kind, recordName(*here));
  }
}

} // namespace

std::shared_ptr<TunedSchedules> openRecords(const Build &build, Diagnostics &diagnostics) {
  auto tuned = std::make_shared<TunedSchedules>(build.records.cpu, build.place.threads);
  if (!build.records.count) return tuned;
  const bool named = !build.records.database.empty();
  const std::filesystem::path path = named ? build.records.database : usualDatabase();
  if (!path.empty()) tuned->add(readForCompile(path, named, diagnostics), path.string());
  tuned->add(shippedDatabase(), "shipped with ninc");
  nameDevices(build, *tuned);
  return tuned;
}

Result<ScheduleSources> openSchedules(const Build &build, Diagnostics &diagnostics) {
  ScheduleSources sources;
  sources.tuned = openRecords(build, diagnostics);
  if (build.scheduleFile.empty()) return sources;
  Result<std::string> text = readFile(build.scheduleFile);
  if (!text) return tl::unexpected(text.error());
  sources.file = build.scheduleFile.string();
  sources.text = std::move(*text);
  return sources;
}

ChooseSchedule chooserOf(ScheduleFile lines, std::shared_ptr<TunedSchedules> tuned, Exactness exactness) {
  return [lines = std::move(lines), tuned = std::move(tuned), exactness](
             const KernelSpec &spec, const std::string &name) -> Result<std::optional<ScheduleChoice>> {
    if (const ScheduleLine *line = lineFor(lines, name, spec.target)) {
      if (Result<void> legal = checkLegal(spec, line->schedule); !legal)
        return fail(fmt::format("{}: not for '{}{}': {}", line->where, name,
                                spec.isOnDevice() ? "@" + spec.device().name : "", legal.error().message));
      return ScheduleChoice(line->schedule, line->where);
    }
    if (tuned)
      if (auto found = tuned->find(spec, exactness))
        return ScheduleChoice(std::move(found->schedule), std::move(found->origin));
    return std::nullopt;
  };
}

} // namespace ninc

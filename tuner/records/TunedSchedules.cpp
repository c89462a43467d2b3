#include "tuner/records/TunedSchedules.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

#include "codegen/schedule/ScheduleText.h"
#include "support/Counted.h"
#include "support/Hash.h"
#include "support/UserFolders.h"

extern "C" {
extern const unsigned char ninc_shipped_schedules[];
extern const std::size_t ninc_shipped_schedules_bytes;
}

namespace ninc {

RecordKey keyFor(const KernelSpec &spec, Exactness exactness, int threads, const std::string &machine) {
  const std::string hash =
      exactness == Exactness::exact ? fmt::format("{:016x}", fnv1a(toString(spec) + " exact")) : hashOf(spec);
  return {hash, machine, threads, scheduleVersion};
}

void TunedSchedules::add(const DatabaseContents &contents, std::string name) {
  sources_.push_back({newestVerdicts(contents.records), std::move(name)});
}

std::optional<TunedSchedules::Found> TunedSchedules::find(const KernelSpec &spec, Exactness exactness) {
  const auto [machine, threads] = machineFor(spec);
  const RecordKey key = keyFor(spec, exactness, threads, machine);
  for (const Source &source : sources_) {
    const auto found = source.verdicts.find(key);
    if (found == source.verdicts.end()) continue;
    const Verdict &verdict = found->second;
    if (verdict.schedule == keepsDefault) return std::nullopt;
    Result<Schedule> schedule = parseSchedule(verdict.schedule);
    Result<void> legal = schedule ? checkLegal(spec, *schedule, exactness) : tl::unexpected(schedule.error());
    if (!legal) {
      illegal_.insert(fmt::format("{}: {}", source.name, legal.error().message));
      continue;
    }
    if (*schedule == defaultSchedule(spec, exactness)) return std::nullopt;
    hasFound_ = true;
    return Found{*schedule,
                 fmt::format("tuned ({:.2f} times the default's speed, {})", verdict.speedup, source.name)};
  }
  rememberForeign(spec, key);
  return std::nullopt;
}

std::pair<std::string, int> TunedSchedules::machineFor(const KernelSpec &spec) const {
  if (!spec.isOnDevice()) return {cpu_, threads_};
  const auto device = devices_.find(spec.device().kind);
  return {device == devices_.end() ? "" : device->second, 1};
}

void TunedSchedules::rememberForeign(const KernelSpec &spec, const RecordKey &asked) {
  auto whoIs = [&](const RecordKey &key) {
    if (spec.isOnDevice()) return key.machine;
    return fmt::format("{}, {}", key.machine, counted(key.threads, "thread"));
  };
  for (const Source &source : sources_)
    for (auto at = source.verdicts.lower_bound({asked.spec, "", 0, 0});
         at != source.verdicts.end() && at->first.spec == asked.spec; ++at) {
      const bool isOld = at->first.scheduleVersion != scheduleVersion;
      foreign_.insert(whoIs(at->first) + (isOld ? ", another version of schedules" : ""));
      here_.insert(asked.machine.empty() && spec.isOnDevice() ? "a machine whose device isn't known"
                                                              : whoIs(asked));
    }
}

std::string TunedSchedules::unusedRemark() const {
  std::string text;
  if (!illegal_.empty())
    text = fmt::format("{} can't be used, the first: {}", counted(illegal_.size(), "verdict"),
                       *illegal_.begin());
  if (foreign_.empty()) return text;
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(
      foreign_.begin(),
      std::next(foreign_.begin(), static_cast<std::ptrdiff_t>(std::min(shown, foreign_.size()))));
  const std::string more =
      foreign_.size() > shown ? fmt::format(" and for {} others", foreign_.size() - shown) : "";
  return text + fmt::format("{}there are records of these kernels for {}{}; this is {}",
                            text.empty() ? "" : "; ", fmt::join(first, " and for "), more,
                            fmt::join(here_, " with "));
}

std::string TunedSchedules::fingerprint() const {
  std::uint64_t hash = fnv1a("");
  auto counts = [&](const RecordKey &key) {
    const bool ofCpu = key.machine == cpu_ && key.threads == threads_;
    const bool ofDevice =
        std::ranges::any_of(devices_, [&](const auto &d) { return d.second == key.machine; });
    return (ofCpu || ofDevice) && key.scheduleVersion == scheduleVersion;
  };
  for (const Source &source : sources_)
    for (const auto &[key, verdict] : source.verdicts)
      if (counts(key)) hash = fnv1a(key.spec + key.machine + verdict.schedule, hash);
  return fmt::format("{:016x}", hash);
}

std::filesystem::path usualDatabase() {
  const std::optional<std::filesystem::path> home = dataHome();
  return home ? *home / "ninc" / "schedules.jsonl" : std::filesystem::path();
}

const DatabaseContents &shippedDatabase() {
  static const DatabaseContents contents =
      parseDatabase({reinterpret_cast<const char *>(ninc_shipped_schedules), ninc_shipped_schedules_bytes},
                    "shipped with ninc");
  return contents;
}

} // namespace ninc

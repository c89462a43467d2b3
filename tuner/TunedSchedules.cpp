#include "tuner/TunedSchedules.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>

#include "support/Hash.h"

extern "C" {
extern const unsigned char ninc_shipped_schedules[];
extern const std::size_t ninc_shipped_schedules_bytes;
}

namespace ninc {

RecordKey keyFor(const KernelSpec &spec, Arithmetic arithmetic, int threads, const std::string &cpu) {
  const std::string hash = arithmetic == Arithmetic::exact
                               ? fmt::format("{:016x}", fnv1a(toString(spec) + " exact"))
                               : hashOf(spec);
  return {hash, cpu, threads, scheduleVersion};
}

void TunedSchedules::add(const DatabaseContents &contents, std::string name) {
  sources_.push_back({newestVerdicts(contents.records), std::move(name)});
}

std::optional<TunedSchedules::Found> TunedSchedules::find(const KernelSpec &spec, Arithmetic arithmetic) {
  const RecordKey key = keyFor(spec, arithmetic, threads_, cpu_);
  for (const Source &source : sources_) {
    const auto found = source.verdicts.find(key);
    if (found == source.verdicts.end()) continue;
    const Verdict &verdict = found->second;
    if (verdict.schedule == keepsDefault) return std::nullopt;
    Result<Schedule> schedule = parseSchedule(verdict.schedule);
    Result<void> legal = schedule ? isLegal(spec, *schedule, arithmetic) : tl::unexpected(schedule.error());
    if (!legal) {
      illegal_.insert(fmt::format("{}: {}", source.name, legal.error().message));
      continue;
    }
    if (*schedule == defaultSchedule(spec, arithmetic)) return std::nullopt;
    hasFound_ = true;
    return Found{*schedule,
                 fmt::format("tuned ({:.2f} times the default's speed, {})", verdict.speedup, source.name)};
  }
  rememberForeign(key.spec);
  return std::nullopt;
}

void TunedSchedules::rememberForeign(const std::string &spec) {
  for (const Source &source : sources_)
    for (auto at = source.verdicts.lower_bound({spec, "", 0, 0});
         at != source.verdicts.end() && at->first.spec == spec; ++at) {
      const RecordKey &key = at->first;
      std::string who = fmt::format("{}, {} thread{}", key.cpu, key.threads, key.threads == 1 ? "" : "s");
      if (key.scheduleVersion != scheduleVersion) who += ", another version of schedules";
      foreign_.insert(std::move(who));
    }
}

std::string TunedSchedules::unusedRemark() const {
  std::string text;
  if (!illegal_.empty())
    text = fmt::format("{} verdict{} can't be used, the first: {}", illegal_.size(),
                       illegal_.size() == 1 ? "" : "s", *illegal_.begin());
  if (foreign_.empty()) return text;
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(
      foreign_.begin(),
      std::next(foreign_.begin(), static_cast<std::ptrdiff_t>(std::min(shown, foreign_.size()))));
  const std::string more =
      foreign_.size() > shown ? fmt::format(" and for {} others", foreign_.size() - shown) : "";
  return text + fmt::format("{}there are records of these kernels for {}{}; this is {}, {} thread{}",
                            text.empty() ? "" : "; ", fmt::join(first, " and for "), more, cpu_, threads_,
                            threads_ == 1 ? "" : "s");
}

std::string TunedSchedules::fingerprint() const {
  std::uint64_t hash = fnv1a("");
  for (const Source &source : sources_)
    for (const auto &[key, verdict] : source.verdicts)
      if (key.cpu == cpu_ && key.threads == threads_ && key.scheduleVersion == scheduleVersion)
        hash = fnv1a(key.spec + verdict.schedule, hash);
  return fmt::format("{:016x}", hash);
}

std::filesystem::path usualDatabase() {
  std::filesystem::path base;
  if (const char *data = std::getenv("XDG_DATA_HOME"); data && *data)
    base = data;
  else if (const char *home = std::getenv("HOME"); home && *home)
    base = std::filesystem::path(home) / ".local" / "share";
  else
    return {};
  return base / "ninc" / "schedules.jsonl";
}

const DatabaseContents &shippedDatabase() {
  static const DatabaseContents contents =
      parseDatabase({reinterpret_cast<const char *>(ninc_shipped_schedules), ninc_shipped_schedules_bytes},
                    "shipped with ninc");
  return contents;
}

} // namespace ninc

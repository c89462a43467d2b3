#include <fmt/format.h>
#include <map>
#include <sstream>
#include <utility>

#include "tuner/bundle/Bundle.h"
#include "tuner/bundle/BundleLabel.h"
#include "tuner/measure/RunnerText.h"
#include "tuner/measure/Statistics.h"

namespace ninc {

namespace {

// Each candidate has one short run in one process, and the fastest of many is likely to be a lucky one: its
// lead must be more than luck explains.
constexpr double leadOfVerdict = 1.03;

// A result as a measurement, and whether it was faster than the default beyond doubt.
struct Reading {
  Measurement measurement;
  bool faster = false;
};

Result<Reading> readResult(std::string_view line) {
  Result<RunnerResult> result = parseRunnerResult(line);
  if (!result) return tl::unexpected(result.error());
  Reading reading;
  Measurement &measurement = reading.measurement;
  Result<BundleLabel> label = parseBundleLabel(result->label);
  if (!label) return tl::unexpected(label.error());
  measurement.key = std::move(label->key);
  measurement.kernel = std::move(label->kernel);
  measurement.schedule = std::move(label->schedule);
  measurement.defaultSchedule = std::move(label->defaultSchedule);
  measurement.predictedCycles = label->predicted;
  measurement.key.machine = result->cpu;
  measurement.outcome = result->outcome;
  measurement.detail = result->detail;
  measurement.date = result->date;
  if (result->outcome != Outcome::ok) return reading;
  if (result->seconds.empty()) return fail("a result without times");
  const TimingStatistics times = statisticsOf(result->seconds.back());
  measurement.seconds = times.least;
  measurement.spread = times.spread;
  measurement.rounds = times.rounds;
  measurement.defaultSeconds = statisticsOf(result->seconds.front()).least;
  reading.faster =
      result->seconds.size() > 1 && compare(result->seconds.front(), result->seconds.back()).faster;
  return reading;
}

double speedupOf(const Measurement &measurement) {
  return measurement.seconds > 0 ? measurement.defaultSeconds / measurement.seconds : 0;
}

} // namespace

DatabaseContents recordsOfBundle(std::string_view results, const std::string &name) {
  DatabaseContents contents;
  std::map<RecordKey, Measurement> best;
  std::istringstream lines{std::string(results)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    Result<Reading> reading = readResult(line);
    // What a record can't say isn't one: through the same checks as a database's lines.
    Result<Record> record =
        reading ? parseRecord(toLine(reading->measurement)) : tl::unexpected(reading.error());
    if (!record) {
      if (contents.badLines++ == 0)
        contents.firstBadLine = fmt::format("{}:{}: {}", name, number, record.error().message);
      continue;
    }
    contents.records.push_back(*record);
    const Measurement &measurement = reading->measurement;
    if (!reading->faster || speedupOf(measurement) < leadOfVerdict) continue;
    const auto [place, fresh] = best.try_emplace(measurement.key, measurement);
    if (!fresh && speedupOf(measurement) > speedupOf(place->second)) place->second = measurement;
  }
  for (const auto &[key, measurement] : best) {
    Verdict verdict;
    verdict.key = key;
    verdict.kernel = measurement.kernel;
    verdict.schedule = measurement.schedule;
    verdict.speedup = speedupOf(measurement);
    verdict.date = measurement.date;
    contents.records.emplace_back(std::move(verdict));
  }
  return contents;
}

bool isBundleResults(std::string_view text) {
  return text.substr(0, text.find('\n')).find("\"runner\":") != std::string_view::npos;
}

} // namespace ninc

#include "tools/DatabaseCommands.h"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include "driver/TuneDatabase.h"
#include "support/Counted.h"
#include "support/StandardStreams.h"
#include "tools/Report.h"

namespace ninc {

namespace {

const char *textOf(CheckedBy who) {
  return who == CheckedBy::model ? "model" : "kernel";
}

nlohmann::json toJson(const Verdict &verdict) {
  return {{"cpu", verdict.key.machine},
          {"threads", verdict.key.threads},
          {"schedules", verdict.key.scheduleVersion},
          {"spec", verdict.key.spec},
          {"kernel", verdict.kernel},
          {"schedule", verdict.schedule},
          {"speedup", verdict.speedup},
          {"checked", textOf(verdict.checked)},
          {"model", verdict.model},
          {"date", verdict.date}};
}

void printVerdict(const Verdict &verdict) {
  answer("{:20} {:22} {:7} {:>6.2f}x {:7} {}\n{:20} {}\n", verdict.date, verdict.key.machine,
         verdict.key.threads, verdict.speedup, textOf(verdict.checked), verdict.kernel, "", verdict.schedule);
}

} // namespace

Result<void> listDatabase(const std::filesystem::path &database, bool json) {
  Diagnostics diagnostics;
  Result<DatabaseContents> contents = readAll(database, diagnostics);
  if (!contents) return tl::unexpected(contents.error());
  printDiagnostics(diagnostics);
  const std::map<RecordKey, Verdict> verdicts = newestVerdicts(contents->records);
  if (json) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto &[key, verdict] : verdicts)
      list.push_back(toJson(verdict));
    answer("{}\n", nlohmann::json{{"database", database.string()}, {"verdicts", list}}.dump(2));
    return {};
  }
  answer("{}: {} records, {} verdicts\n", database.string(), contents->records.size(), verdicts.size());
  if (!verdicts.empty())
    answer("{:20} {:22} {:7} {:>7} {:7} {}\n", "date", "CPU or device", "threads", "speed", "checked",
           "kernel");
  for (const auto &[key, verdict] : verdicts)
    printVerdict(verdict);
  return {};
}

Result<void> mergeFiles(const std::filesystem::path &database, const std::vector<std::string> &files) {
  Diagnostics diagnostics;
  Result<std::size_t> added = mergeInto(database, files, diagnostics);
  printDiagnostics(diagnostics);
  if (!added) return tl::unexpected(added.error());
  answer("{}: {} added\n", database.string(), counted(*added, "record"));
  return {};
}

Result<void> pruneFile(const std::filesystem::path &database) {
  Result<PruneStatistics> statistics = prune(database);
  if (!statistics) return tl::unexpected(statistics.error());
  answer("{}: {} records kept, {} lines removed\n", database.string(), statistics->kept, statistics->removed);
  return {};
}

} // namespace ninc

#include "tools/TuneDatabase.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codegen/schedule/Schedule.h"
#include "support/Files.h"
#include "support/StandardStreams.h"
#include "support/TemporaryFiles.h"
#include "tools/OutputFiles.h"
#include "tuner/bundle/Bundle.h"
#include "tuner/records/Database.h"

namespace ninc {

namespace {

void warn(const std::string &text) {
  say("ninc: warning: {}\n", text);
}

nlohmann::json toJson(const Verdict &verdict) {
  return {{"cpu", verdict.key.machine},
          {"threads", verdict.key.threads},
          {"schedules", verdict.key.scheduleVersion},
          {"spec", verdict.key.spec},
          {"kernel", verdict.kernel},
          {"schedule", verdict.schedule},
          {"speedup", verdict.speedup},
          {"checked", verdict.checked == CheckedBy::model ? "model" : "kernel"},
          {"model", verdict.model},
          {"date", verdict.date}};
}

void printVerdict(const Verdict &verdict) {
  answer("{:20} {:22} {:7} {:>6.2f}x {:7} {}\n{:20} {}\n", verdict.date, verdict.key.machine,
         verdict.key.threads, verdict.speedup, verdict.checked == CheckedBy::model ? "model" : "kernel",
         verdict.kernel, "", verdict.schedule);
}

// Only a database is written to. It may be among what is merged: then nothing of it is new.
Result<void> checkDatabase(const std::filesystem::path &database) {
  const OutputFile output{"the database", database, OutputKind::database};
  return checkOutputs({&output, 1}, {});
}

// A database's text of what was read from `file`, a bundle's results or a database.
std::string databaseText(const std::string &text, const std::string &file) {
  const DatabaseContents contents =
      isBundleResults(text) ? recordsOfBundle(text, file) : parseDatabase(text, file);
  warnOfBadLines(contents);
  std::string lines;
  for (const Record &record : contents.records)
    lines += toLine(record) + '\n';
  return lines;
}

} // namespace

void warnOfBadLines(const DatabaseContents &contents) {
  if (contents.badLines == 0) return;
  warn(fmt::format("{} ({} line{} of this file {} skipped)", contents.firstBadLine, contents.badLines,
                   contents.badLines == 1 ? "" : "s", contents.badLines == 1 ? "is" : "are"));
}

Result<void> listDatabase(const std::filesystem::path &database, bool json) {
  Result<DatabaseContents> contents = readDatabase(database);
  if (!contents) return tl::unexpected(contents.error());
  warnOfBadLines(*contents);
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

Result<void> mergeInto(const std::filesystem::path &database, const std::vector<std::string> &files) {
  if (auto fits = checkDatabase(database); !fits) return fits;
  std::vector<MemoryFile> converted;
  std::vector<std::filesystem::path> paths;
  for (const std::string &file : files) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return fail(fmt::format("there is no file '{}'", file));
    Result<std::string> text = readFile(file);
    if (!text) return tl::unexpected(text.error());
    if (!isBundleResults(*text) && !readsOnce(file)) {
      paths.emplace_back(file);
      continue;
    }
    Result<MemoryFile> memory = MemoryFile::holding("ninc-records", databaseText(*text, file));
    if (!memory) return tl::unexpected(memory.error());
    paths.push_back(memory->path());
    converted.push_back(std::move(*memory));
  }
  std::vector<std::string> bad;
  Result<std::size_t> added = mergeDatabases(database, paths, bad);
  for (const std::string &text : bad)
    warn(text);
  if (!added) return tl::unexpected(added.error());
  answer("{}: {} record{} added\n", database.string(), *added, *added == 1 ? "" : "s");
  return {};
}

Result<void> prune(const std::filesystem::path &database) {
  if (auto fits = checkDatabase(database); !fits) return fits;
  Result<PruneStatistics> statistics = pruneDatabase(database, scheduleVersion);
  if (!statistics) return tl::unexpected(statistics.error());
  answer("{}: {} records kept, {} lines removed\n", database.string(), statistics->kept, statistics->removed);
  return {};
}

} // namespace ninc

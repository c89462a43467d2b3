#include "driver/TuneDatabase.h"

#include <fmt/format.h>

#include "codegen/schedule/Schedule.h"
#include "driver/OutputFiles.h"
#include "support/Counted.h"
#include "support/Files.h"
#include "support/PrivateFolder.h"
#include "support/TemporaryFiles.h"
#include "tuner/bundle/Bundle.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {

namespace {

Result<void> checkDatabase(const std::filesystem::path &database) {
  const OutputFile output{"the database", database, OutputKind::database};
  return checkOutputs({&output, 1}, {});
}

// A database's text of what was read from `file`, a bundle's results or a database.
std::string databaseText(const std::string &text, const std::string &file, Diagnostics &diagnostics) {
  const DatabaseContents contents =
      isBundleResults(text) ? recordsOfBundle(text, file) : parseDatabase(text, file);
  warnOfBadLines(contents, diagnostics);
  std::string lines;
  for (const Record &record : contents.records)
    lines += toLine(record) + '\n';
  return lines;
}

} // namespace

void warnOfBadLines(const DatabaseContents &contents, Diagnostics &diagnostics) {
  if (contents.badLines == 0) return;
  diagnostics.warning(
      {}, fmt::format("{} ({} skipped)", contents.firstBadLine,
                      counted(contents.badLines, "line of this file is", "lines of this file are")));
}

Result<std::filesystem::path> databaseCalled(const std::string &name) {
  if (!name.empty()) return name;
  if (const std::filesystem::path usual = usualDatabase(); !usual.empty()) return usual;
  return fail("there is no home folder to keep a database in; name one with --db");
}

void makeUsualFolder() {
  const std::filesystem::path usual = usualDatabase();
  if (!usual.empty()) static_cast<void>(PrivateFolder::open(usual.parent_path()));
}

Result<void> openForTuning(const std::filesystem::path &database, Diagnostics &diagnostics) {
  if (Result<void> writable = appendRecords(database, {}); !writable) return writable;
  Result<DatabaseContents> contents = readAll(database, diagnostics);
  if (!contents) return tl::unexpected(contents.error());
  return {};
}

Result<DatabaseContents> readAll(const std::filesystem::path &database, Diagnostics &diagnostics) {
  Result<DatabaseContents> contents = readDatabase(database);
  if (contents) warnOfBadLines(*contents, diagnostics);
  return contents;
}

Result<std::size_t> mergeInto(const std::filesystem::path &database, const std::vector<std::string> &files,
                              Diagnostics &diagnostics) {
  if (auto fits = checkDatabase(database); !fits) return tl::unexpected(fits.error());
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
    Result<MemoryFile> memory = MemoryFile::holding("ninc-records", databaseText(*text, file, diagnostics));
    if (!memory) return tl::unexpected(memory.error());
    paths.push_back(memory->path());
    converted.push_back(std::move(*memory));
  }
  std::vector<std::string> bad;
  Result<std::size_t> added = mergeDatabases(database, paths, bad);
  for (const std::string &text : bad)
    diagnostics.warning({}, text);
  return added;
}

Result<PruneStatistics> prune(const std::filesystem::path &database) {
  if (auto fits = checkDatabase(database); !fits) return tl::unexpected(fits.error());
  return pruneDatabase(database, scheduleVersion);
}

} // namespace ninc

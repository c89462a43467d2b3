#include "tuner/records/Database.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <tuple>
#include <utility>

#include "support/Counted.h"
#include "support/FileFailure.h"
#include "support/Files.h"
#include "support/OutputPlace.h"
#include "tuner/records/LockedFile.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

bool isMissing(const fs::path &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 && errno == ENOENT;
}

// Records as the lines to append. What couldn't be read again must not get into a file, where it would be one
// bad line among others and its origin unknown.
Result<std::vector<std::string>> linesOf(const fs::path &path, std::span<const Record> records) {
  std::vector<std::string> lines;
  lines.reserve(records.size());
  for (const Record &record : records) {
    lines.push_back(toLine(record));
    if (Result<Record> again = parseRecord(lines.back()); !again)
      return failInternal(
          fmt::format("cannot write '{}': a record is wrong: {}", path.native(), again.error().message));
  }
  return lines;
}

std::string_view dateOf(const Record &record) {
  return std::visit([](const auto &one) -> std::string_view { return one.date; }, record);
}

// Two records of equal subjects say something about the same thing, so that the newer one replaces the other:
// verdicts of one key, measurements of one schedule.
using Subject = std::tuple<std::size_t, RecordKey, std::string>;

Subject subjectOf(const Record &record) {
  const auto *measurement = std::get_if<Measurement>(&record);
  return {record.index(), keyOf(record), measurement ? measurement->schedule : std::string()};
}

// Tomorrow. A clock that was wrong then must not make a record the newest for ever.
std::string latestDate() {
  constexpr std::time_t day = 24 * 60 * 60;
  const std::time_t tomorrow = std::time(nullptr) + day;
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(tomorrow));
}

// The newest record of each subject, as places in `records`; of equal dates the later one is newer. Dates in
// the future count as the oldest.
std::map<Subject, std::size_t> newestBySubject(std::span<const Record> records) {
  std::map<Subject, std::size_t> newest;
  const std::string latest = latestDate();
  auto ageOf = [&](const Record &record) {
    const std::string_view date = dateOf(record);
    return date > latest ? std::string_view() : date;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto [entry, fresh] = newest.emplace(subjectOf(records[i]), i);
    if (!fresh && ageOf(records[i]) >= ageOf(records[entry->second])) entry->second = i;
  }
  return newest;
}

// What a pruned file holds, in the file's order.
std::vector<Record> worthKeeping(std::span<const Record> records, int scheduleVersion) {
  std::vector<std::size_t> places;
  for (const auto &[subject, place] : newestBySubject(records))
    if (keyOf(records[place]).scheduleVersion >= scheduleVersion) places.push_back(place);
  std::ranges::sort(places);
  std::vector<Record> kept;
  for (const std::size_t place : places)
    kept.push_back(records[place]);
  return kept;
}

} // namespace

DatabaseContents parseDatabase(std::string_view text, const std::string &name) {
  DatabaseContents contents;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    Result<Record> record = parseRecord(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
    if (record) {
      contents.records.push_back(std::move(*record));
      continue;
    }
    if (contents.badLines == 0)
      contents.firstBadLine = fmt::format("{}:{}: {}", name, number, record.error().message);
    ++contents.badLines;
  }
  return contents;
}

Result<DatabaseContents> readDatabase(const fs::path &path) {
  if (isMissing(path)) return DatabaseContents{};
  const Result<std::string> text = readFile(path, largestDatabase);
  if (!text) return tl::unexpected(text.error());
  return parseDatabase(*text, path.native());
}

Result<void> appendRecords(const fs::path &path, std::span<const Record> records,
                           std::chrono::milliseconds patience) {
  const Result<std::vector<std::string>> lines = linesOf(path, records);
  if (!lines) return tl::unexpected(lines.error());
  const Result<LockedFile> file = LockedFile::open(path, patience);
  if (!file) return tl::unexpected(file.error());
  return file->append(path, *lines);
}

Result<std::size_t> mergeDatabases(const fs::path &into, std::span<const fs::path> from,
                                   std::vector<std::string> &bad) {
  std::vector<Record> found;
  for (const fs::path &path : from) {
    if (isMissing(path)) return cannot("read", path, ENOENT); // a misspelt name, most likely
    Result<DatabaseContents> contents = readDatabase(path);
    if (!contents) return tl::unexpected(contents.error());
    if (contents->badLines > 0)
      bad.push_back(fmt::format("skipped {} of '{}', the first at {}",
                                counted(contents->badLines, "bad line"), path.native(),
                                contents->firstBadLine));
    std::ranges::move(contents->records, std::back_inserter(found));
  }

  // Under the lock, so that two merges at once don't both add what each of them misses.
  const Result<LockedFile> file = LockedFile::open(into, databasePatience);
  if (!file) return tl::unexpected(file.error());
  const Result<DatabaseContents> present = readDatabase(into);
  if (!present) return tl::unexpected(present.error());
  std::set<std::string> known;
  for (const Record &record : present->records)
    known.insert(toLine(record));
  std::vector<std::string> added;
  for (const Record &record : found)
    if (const auto [line, fresh] = known.insert(toLine(record)); fresh) added.push_back(*line);
  if (Result<void> done = file->append(into, added); !done) return tl::unexpected(done.error());
  return added.size();
}

Result<PruneStatistics> pruneDatabase(const fs::path &path, int scheduleVersion) {
  if (isMissing(path)) return PruneStatistics{};
  if (isStream(path)) return cannot("prune", path, "it can't be replaced by another file");
  const Result<LockedFile> file = LockedFile::open(path, databasePatience);
  if (!file) return tl::unexpected(file.error());
  const Result<DatabaseContents> contents = readDatabase(path);
  if (!contents) return tl::unexpected(contents.error());
  const std::vector<Record> kept = worthKeeping(contents->records, scheduleVersion);
  const PruneStatistics statistics{kept.size(), contents->badLines + contents->records.size() - kept.size()};
  if (statistics.removed == 0) return statistics;
  std::string text;
  for (const Record &record : kept)
    text.append(toLine(record)).push_back('\n');
  if (Result<void> done = writeAtomically(path, text); !done) return tl::unexpected(done.error());
  return statistics;
}

std::map<RecordKey, Verdict> newestVerdicts(std::span<const Record> records) {
  std::map<RecordKey, Verdict> verdicts;
  for (const auto &[subject, place] : newestBySubject(records))
    if (const auto *verdict = std::get_if<Verdict>(&records[place])) verdicts.emplace(verdict->key, *verdict);
  return verdicts;
}

} // namespace ninc

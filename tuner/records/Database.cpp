#include "tuner/records/Database.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "support/Files.h"
#include "support/OutputPlace.h"

namespace ninc {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largestDatabase = std::uint64_t{256} << 20; // bytes

tl::unexpected<Error> failOn(std::string_view what, const fs::path &path, std::string_view reason) {
  return fail(fmt::format("cannot {} '{}': {}", what, path.native(), reason));
}

tl::unexpected<Error> failOn(std::string_view what, const fs::path &path, int error) {
  return failOn(what, path, std::generic_category().message(error));
}

bool isMissing(const fs::path &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 && errno == ENOENT;
}

// Calls a system function until no signal comes between.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// A database open for appending, which no other process holds at the same time. Movable.
class LockedFile {
public:
  // Makes the file and its folder if need be; waits for whoever has the lock, that long at most.
  static Result<LockedFile> open(const fs::path &path, std::chrono::milliseconds patience = databasePatience);

  LockedFile(LockedFile &&other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  LockedFile &operator=(LockedFile &&) = delete;
  ~LockedFile() {
    if (descriptor_ < 0) return;
    // A process that was forked meanwhile shares the lock, and closing alone would leave it with that one.
    ::flock(descriptor_, LOCK_UN);
    ::close(descriptor_);
  }

  // All of the lines or, if the system lets it take back the others, none. Errors name `path`.
  Result<void> append(const fs::path &path, std::span<const std::string> lines) const;

private:
  explicit LockedFile(int descriptor) : descriptor_(descriptor) {}

  static Result<LockedFile> openUnlocked(const fs::path &path);

  // Whether the path still leads to this file; pruning puts another one there.
  bool standsAt(const fs::path &path) const;

  int descriptor_; // -1 once moved from
};

Result<LockedFile> LockedFile::openUnlocked(const fs::path &path) {
  const auto attempt = [&] {
    return uninterrupted([&] {
      return ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    });
  };
  int descriptor = attempt();
  if (descriptor < 0 && errno == ENOENT && path.has_parent_path()) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return failOn("make the folder", path.parent_path(), error.value());
    descriptor = attempt();
  }
  if (descriptor < 0) return failOn("write", path, errno);
  LockedFile file(descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return failOn("write", path, errno);
  if (!S_ISREG(status.st_mode)) return failOn("write", path, "it isn't a regular file");
  return file;
}

// 0 or the error's number; EWOULDBLOCK: somebody else has the lock and keeps it.
int lockWithin(int descriptor, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds pause(1);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR && (errno != EWOULDBLOCK || std::chrono::steady_clock::now() >= end)) return errno;
    std::this_thread::sleep_for(pause);
  }
  return 0;
}

Result<LockedFile> LockedFile::open(const fs::path &path, std::chrono::milliseconds patience) {
  if (path.native().find('\0') != std::string::npos)
    return failOn("write", path.c_str(), "the path holds a zero byte");
  // Each further attempt means that somebody pruned while this process waited. A filesystem that gives one
  // file two identities would let it try forever.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    Result<LockedFile> file = openUnlocked(path);
    if (!file) return file;
    const int error = lockWithin(file->descriptor_, patience);
    if (error == EWOULDBLOCK)
      return failOn("lock", path,
                    fmt::format("another process has kept it locked for {:.3g} s (fuser -v tells which one)",
                                std::chrono::duration<double>(patience).count()));
    if (error != 0) return failOn("lock", path, error);
    if (file->standsAt(path)) return file;
  }
  return failOn("lock", path, "it is replaced again and again");
}

bool LockedFile::standsAt(const fs::path &path) const {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor_, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<void> LockedFile::append(const fs::path &path, std::span<const std::string> lines) const {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) return failOn("write", path, errno);
  char last = '\n';
  if (before.st_size > 0 &&
      uninterrupted([&] { return ::pread(descriptor_, &last, 1, before.st_size - 1); }) < 0)
    return failOn("read", path, errno);
  const std::string_view endOfCutLine = last == '\n' ? "" : "\n";

  std::uint64_t size = static_cast<std::uint64_t>(before.st_size) + endOfCutLine.size();
  for (const std::string &line : lines)
    size += line.size() + 1;
  if (size > largestDatabase)
    return failOn("write", path, fmt::format("it would have more than {} bytes", largestDatabase));

  std::string bytes(endOfCutLine);
  for (const std::string &line : lines) {
    bytes.append(line).push_back('\n');
    if (const int error = writeOpenFile(descriptor_, bytes)) {
      [[maybe_unused]] const int hopeless = ::ftruncate(descriptor_, before.st_size);
      return failOn("write", path, error);
    }
    bytes.clear();
  }
  return {};
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
    if (isMissing(path)) return failOn("read", path, ENOENT); // a misspelt name, most likely
    Result<DatabaseContents> contents = readDatabase(path);
    if (!contents) return tl::unexpected(contents.error());
    if (contents->badLines > 0)
      bad.push_back(fmt::format("skipped {} {} of '{}', the first at {}", contents->badLines,
                                contents->badLines == 1 ? "bad line" : "bad lines", path.native(),
                                contents->firstBadLine));
    std::ranges::move(contents->records, std::back_inserter(found));
  }

  // Under the lock, so that two merges at once don't both add what each of them misses.
  const Result<LockedFile> file = LockedFile::open(into);
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
  if (isStream(path)) return failOn("prune", path, "it can't be replaced by another file");
  const Result<LockedFile> file = LockedFile::open(path);
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

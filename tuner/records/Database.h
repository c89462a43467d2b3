// A file of records. Any number of processes may read and append at once.
//
// Appending takes an exclusive flock(2) and writes each line with one write(2), so a process that is killed
// loses at most the line it was writing; whoever appends next ends a cut line first. Reading never fails for
// what a file holds: lines that aren't records are counted and skipped. Readers take no lock and so wait for
// nobody; of a line that is being written they may see a part, as if it had been cut off.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "support/Result.h"
#include "tuner/records/Record.h"

namespace ninc {

struct DatabaseContents {
  std::vector<Record> records; // in the file's order
  std::size_t badLines = 0;    // skipped
  std::string firstBadLine;    // "FILE:17: what is wrong"; empty without any
};

// Lines of text as records. `name` is for messages.
DatabaseContents parseDatabase(std::string_view text, const std::string &name);

// A file that isn't there holds nothing. Errors: it can't be read, is a folder, is larger than 256 MiB.
Result<DatabaseContents> readDatabase(const std::filesystem::path &path);

// How long appending, merging and pruning wait for who has the file's lock. Each of them takes moments; but
// whoever may read the file may also lock it, for as long as he likes.
constexpr std::chrono::milliseconds databasePatience{10000};

// Appends; the file and its folder are made if need be. Other processes see every record when this returns;
// a crash of the system may still lose it. Errors leave the file as it was, unless a full disk cut off a line
// and it can't be shortened again: the path can't be written or locked, the file would grow beyond what
// readDatabase reads, or a record that parseRecord would refuse (a defect of the caller).
Result<void> appendRecords(const std::filesystem::path &path, std::span<const Record> records,
                           std::chrono::milliseconds patience = databasePatience);

// Appends to `into` what the other files hold and it doesn't: equal records (equal lines) are one. Returns
// how many were added. The files that are read are left alone; bad lines in them are reported through `bad`,
// a sentence a file. Errors, before anything is added: one of them can't be read or isn't there.
Result<std::size_t> mergeDatabases(const std::filesystem::path &into,
                                   std::span<const std::filesystem::path> from,
                                   std::vector<std::string> &bad);

struct PruneStatistics {
  std::size_t kept = 0, removed = 0;
};

// Rewrites the file without what no compile and no resumed tuning would miss: bad lines, records of earlier
// schedule versions, verdicts that a newer one of the same key replaces, repeated measurements of one
// schedule (the newest stays). Atomically, by a rename under the lock: who waited for the lock in order to
// append finds that the path is another file now, and opens that one.
Result<PruneStatistics> pruneDatabase(const std::filesystem::path &path, int scheduleVersion);

// The newest verdict of each key. Of equal dates the later record is newer; dates in the future are old.
std::map<RecordKey, Verdict> newestVerdicts(std::span<const Record> records);

} // namespace ninc

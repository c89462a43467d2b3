// The database of tuned schedules as a file among the user's: where it is, what is done with it besides
// tuning.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "support/Diagnostics.h"
#include "support/Result.h"
#include "tuner/records/Database.h"

namespace ninc {

// One warning, if some lines of a file weren't records.
void warnOfBadLines(const DatabaseContents &contents, Diagnostics &diagnostics);

// The database of that name; without one the user's own. An error where there is no home folder for that.
Result<std::filesystem::path> databaseCalled(const std::string &name);

// The folder of the user's own database, where it isn't there yet, for this user alone: others could hold its
// lock. Errors show when it is used.
void makeUsualFolder();

// Finds out before minutes of work whether records can be added, and warns of what can't be used.
Result<void> openForTuning(const std::filesystem::path &database, Diagnostics &diagnostics);

// All that a database holds; one that isn't there holds nothing.
Result<DatabaseContents> readAll(const std::filesystem::path &database, Diagnostics &diagnostics);

// Adds what these files hold, databases or results of bundles; how many records that were. Only a database is
// written to. It may be among what is merged: then nothing of it is new.
Result<std::size_t> mergeInto(const std::filesystem::path &database, const std::vector<std::string> &files,
                              Diagnostics &diagnostics);

// Drops what nothing needs any more.
Result<PruneStatistics> prune(const std::filesystem::path &database);

} // namespace ninc

// What `ninc tune` does with databases instead of tuning: --list, --merge, --prune.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/Result.h"

namespace ninc {

// The newest verdict of each kernel, CPU, number of threads and version, as a table or as JSON.
Result<void> listDatabase(const std::filesystem::path &database, bool json);

// Adds what these files hold, databases or results of bundles, and says how much that was.
Result<void> mergeFiles(const std::filesystem::path &database, const std::vector<std::string> &files);

Result<void> pruneFile(const std::filesystem::path &database);

} // namespace ninc

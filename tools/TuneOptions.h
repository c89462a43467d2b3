// The command line of `ninc tune`, and what of it goes together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "support/Result.h"
#include "tools/BuildOptions.h"

namespace ninc {

struct TuneOptions {
  BuildOptions build;
  std::vector<std::string> models;
  std::string budget, shard, report, bundle;
  std::vector<std::string> merge;
  bool list = false, prune = false, json = false;
  std::optional<std::size_t> candidates; // of each kernel
};

// `options` must live as long as the app.
void addTuneOptions(CLI::App &app, TuneOptions &options);

// Usage errors of options that contradict each other: models to tune and something else to do with the
// database; what is about measuring, where nothing is measured.
Result<void> checkTuneOptions(const TuneOptions &options);

// Seconds for the search; none without a budget. The error is about usage.
Result<std::optional<double>> searchSeconds(const TuneOptions &options);

} // namespace ninc

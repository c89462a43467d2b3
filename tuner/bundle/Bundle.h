// Tuning for a machine that isn't this one: candidates compiled here, in a folder to carry there, and what
// comes back.
//
//   DIR/run.sh           measures what hasn't been measured yet; appends to DIR/results.jsonl
//   DIR/ninc-runner      static, for the target
//   DIR/jobs/*.job       one a candidate: it and the default schedule, side by side
//   DIR/files/*          libraries, weights, operands, expected results; equal ones once
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "support/Result.h"
#include "tuner/session/Tuner.h"

namespace ninc {

struct BundleRequest {
  std::vector<KernelToTune> kernels;
  Target target;
  Exactness exactness = Exactness::fast;
  int threads = 1;
  unsigned jobs = 1;
  std::size_t candidates = 24;  // a kernel, the default schedule not counted
  std::filesystem::path folder; // must not exist, or be empty
};

struct BundleStatistics {
  std::size_t kernels = 0, candidates = 0, uncompilable = 0;
  std::uintmax_t bytes = 0;
};

// Each kernel's candidates are those of a search's first part (rankedSchedules). Stops with an error if the
// hooks want to; what is in the folder by then is no whole bundle.
Result<BundleStatistics> writeBundle(const BundleRequest &request, const TuningHooks &hooks);

// The lines that a bundle's run.sh has written, as records: a measurement each, and a verdict for each kernel
// of which a candidate was faster than the default by 3 % and more, beyond doubt. Lines that aren't such are
// counted.
DatabaseContents recordsOfBundle(std::string_view results, const std::string &name);

// Whether a file's text is that of a bundle's results rather than of a database.
bool isBundleResults(std::string_view text);

} // namespace ninc

// The loop of tuning: propose, compile, measure, record; over all kernels at once, so that whenever it is
// stopped each of them has had its share.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/Result.h"
#include "tuner/machine/Machine.h"
#include "tuner/measure/Measuring.h"
#include "tuner/session/KernelTuning.h"
#include "tuner/session/TuningProgress.h"

namespace ninc {

// What the loop asks its user. All are called from the thread that called searchKernels.
struct TuningHooks {
  std::function<void(const TuningProgress &)> progress = [](const TuningProgress &) {};
  std::function<void(const std::string &)> note = [](const std::string &) {}; // a line worth keeping
  std::function<bool()> shouldStop = [] { return false; };                    // end the search, but decide
  std::function<bool()> shouldHurry = [] { return false; };                   // don't even decide
};

struct TuningRequest {
  std::vector<KernelToTune> kernels; // distinct specs
  Target target;                     // the CPU's; means nothing on a device
  Exactness exactness = Exactness::fast;
  Machine machine;               // that candidates are measured on
  unsigned jobs = 1;             // candidates compiled at once, at most
  std::optional<double> seconds; // after which the search ends; none: when it has nothing more to try
  // Schedules that this session tries of each kernel, those not counted that others are compared with: the
  // default and what earlier sessions liked best. None: as many as the search proposes.
  std::optional<std::size_t> candidates;
  std::filesystem::path database; // records are appended to it as they come
};

struct TuningResult {
  bool finished = true;               // false: stopped, out of time, or out of candidates
  std::vector<KernelSummary> kernels; // as in the request
  // Of those that were decided. Not in the database: whole models have the last word
  // (tuner/session/WholeModel.h).
  std::vector<Verdict> verdicts;
};

// Measures candidates of every kernel, on top of what the database knows of the machine, and decides. An
// error is one of the system or of ours (no process, no room for the database); what was measured before it
// is in the database. Forks: not to be called while other threads run.
Result<TuningResult> searchKernels(const TuningRequest &request, const TuningHooks &hooks);

} // namespace ninc

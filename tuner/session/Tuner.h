// The loop of tuning: propose, compile, measure, record; over all kernels at once, so that whenever it is
// stopped each of them has had its share.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/Result.h"
#include "tuner/machine/Machine.h"
#include "tuner/session/KernelTuning.h"

namespace ninc {

struct TuningProgress {
  std::string kernel; // the one that is being looked at
  std::size_t kernelNumber = 0, kernelCount = 0;
  std::size_t measured = 0, known = 0; // its candidates
  double bestSpeedup = 1;              // its
  std::optional<double> remainingSeconds;
  double fraction = 0; // of the budget, or of what is known to be measured
  std::string doing;
};

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

// Who measures on it.
Result<std::unique_ptr<JobRunner>> runnerFor(const Machine &machine);

// How; what is compiled meanwhile keeps away from these CPUs.
MeasuringOptions measuringOn(const Machine &machine);

// Measures candidates of every kernel, on top of what the database knows of the machine, and decides. An
// error is one of the system or of ours (no process, no room for the database); what was measured before it
// is in the database. Forks: not to be called while other threads run.
Result<TuningResult> searchKernels(const TuningRequest &request, const TuningHooks &hooks);

} // namespace ninc

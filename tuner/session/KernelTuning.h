// The tuning of one kernel: its search, what it is checked on, and the two candidates that every other one is
// timed beside: the default schedule, and the best so far.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/TemporaryFiles.h"
#include "tuner/candidate/Candidate.h"
#include "tuner/candidate/Workload.h"
#include "tuner/measure/Runner.h"
#include "tuner/records/Database.h"
#include "tuner/search/Search.h"
#include "tuner/session/Summary.h"

namespace ninc {

struct KernelToTune {
  std::string name; // of its first result in the first model that has it
  KernelSpec spec;
};

// A candidate whose bytes lie where the runner can read them.
struct StoredCandidate {
  Schedule schedule;
  MemoryFile library;
  std::vector<MemoryFile> weights;
  std::vector<double> bounds;

  static Result<StoredCandidate> store(const Schedule &schedule, const Candidate &candidate);
  RunnerCandidate forRunner() const;
};

// How measurements are taken.
struct MeasuringOptions {
  int threads = 1;
  std::vector<int> cpus;
  std::int64_t evictBytes = 0;
};

class KernelTuning {
public:
  KernelTuning(KernelToTune kernel, SearchOptions options, RecordKey key);

  const std::string &name() const { return kernel_.name; }
  const RecordKey &key() const { return key_; }
  const KernelSpec &spec() const { return kernel_.spec; }
  const Workload &workload() const { return *workload_; }
  KernelSearch &search() { return search_; }
  const KernelSearch &search() const { return search_; }

  // What an earlier session has measured.
  void resume(const std::vector<Measurement> &measurements);

  // Makes parameters and operands. To be called before the first candidate is made.
  void prepare();
  // The reference's results, as evaluateWorkload() has them.
  Result<void> expect(const std::vector<std::vector<float>> &results);

  std::optional<std::vector<double>> knownBounds(const Schedule &schedule) const;
  void knowBounds(const Schedule &schedule, const std::vector<double> &bounds);

  // The default schedule, once it is compiled, and the best one known from before, if any.
  void setDefault(StoredCandidate candidate) { default_ = std::move(candidate); }
  bool hasIncumbent() const { return incumbent_.has_value(); }

  // Times a candidate beside the default and the best so far, and makes it the best if it is faster beyond
  // doubt, in two processes one after the other: where pages lie in memory differs from one to the next, and
  // with it times by some per cent. A run during which the default took much longer than it has before is
  // repeated: something else was going on. What was found out comes back to be recorded, and the search is
  // told. Nothing comes back if the run failed for another reason than this candidate.
  Result<std::optional<Measurement>> measure(StoredCandidate candidate, const JobRunner &runner,
                                             const MeasuringOptions &options, double atSeconds);
  // The same for a schedule of which there is no code.
  Measurement recordFailure(const RankedSchedule &schedule, Outcome outcome, std::string detail,
                            double atSeconds);

  // The last word: default and best so far, side by side for longer. The default if the best isn't faster.
  Result<Verdict> decide(const JobRunner &runner, const MeasuringOptions &options);

  // Least time of the default schedule in any run; 0 before the first.
  double defaultSeconds() const { return defaultSecondsEver_; }
  double bestSpeedup() const { return bestSpeedup_; }
  const KernelSummary &summary() const { return summary_; }
  KernelSummary finishedSummary() const;
  // Frees what only measuring needs.
  void release();

private:
  Result<RunnerResult> runCalmly(const JobRunner &runner, const RunnerJob &job);
  Measurement measurementOf(const RankedSchedule &schedule) const; // without what became of it
  RunnerJob jobFor(const MeasuringOptions &options) const;
  void remember(const Measurement &measurement, double atSeconds);

  KernelToTune kernel_;
  RecordKey key_;
  KernelSearch search_;
  std::unique_ptr<Workload> workload_;
  std::vector<MemoryFile> operands_, expected_;
  std::map<std::string, std::vector<double>> bounds_; // by roundingOf()
  std::optional<StoredCandidate> default_, incumbent_;
  double bestSpeedup_ = 1;
  double defaultSecondsEver_ = 0;
  KernelSummary summary_;
};

} // namespace ninc

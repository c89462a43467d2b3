// What is known of one kernel's schedules: the search, and the summary. It is told what became of candidates
// (tuner/session/Race.h), makes records of that, and sums up; it measures nothing itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "codegen/spec/KernelSpec.h"
#include "tuner/records/Database.h"
#include "tuner/search/Search.h"
#include "tuner/session/Race.h"
#include "tuner/session/Summary.h"

namespace ninc {

struct KernelToTune {
  std::string name; // of its first result in the first model that has it
  KernelSpec spec;
};

class KernelTuning {
public:
  KernelTuning(KernelToTune kernel, SearchOptions options, RecordKey key);

  const std::string &name() const { return kernel_.name; }
  const RecordKey &key() const { return key_; }
  const KernelSpec &spec() const { return kernel_.spec; }
  KernelSearch &search() { return search_; }
  const KernelSearch &search() const { return search_; }

  // What earlier sessions have measured of this key. Beside another default than today's it doesn't count.
  void resume(const std::vector<Measurement> &measurements);

  // Tells the search and the summary what became of a candidate, `atSeconds` after tuning began. Comes back
  // to be recorded; not so where the failure was somebody else's doing: the search leaves it alone for this
  // session.
  std::optional<Measurement> learn(const Schedule &schedule, const RaceResult &result, double atSeconds);

  // The kernel's verdict.
  Verdict conclude(const Decision &decision);

  const KernelSummary &summary() const { return summary_; }
  KernelSummary finishedSummary() const; // with the rank correlation

private:
  Measurement measurementOf(const Schedule &schedule, const RaceResult &result) const;
  void remember(const Measurement &measurement, double atSeconds);

  KernelToTune kernel_;
  RecordKey key_;
  KernelSearch search_;
  KernelSummary summary_;
};

} // namespace ninc

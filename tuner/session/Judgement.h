// Whole models judge what a search has found, until they agree: a schedule that one of them rejects is
// dropped for all, and who had kept it judges again without it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tuner/machine/Machine.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/session/Tuner.h"
#include "tuner/session/WholeModel.h"

namespace ninc {

struct JudgedModel {
  Graph written;   // with its parameters
  Graph optimised; // through the pipeline
};

// Refers to the models, which must outlive it. Not copied: compiles ask it for schedules.
class Judgement {
public:
  // `ofKernels` is what the search says. Kernels that aren't among them (other shards', or out of time) are
  // computed as earlier tunings say.
  Judgement(const std::vector<JudgedModel> &models, CompileOptions compiling, Machine machine,
            const std::vector<Verdict> &ofKernels, std::shared_ptr<TunedSchedules> earlier);
  Judgement(const Judgement &) = delete;
  Judgement &operator=(const Judgement &) = delete;

  // Errors are ours or the system's. In a hurry (hooks.shouldHurry) nothing is agreed on.
  Result<void> judge(const JobRunner &runner, const MeasuringOptions &measuring, const TuningHooks &hooks);

  // What goes into the database: nothing unless all models have judged.
  std::vector<Record> verdicts() const;

  // Puts what the models say into a summary of these kernels, in their order.
  void addTo(TuningSummary &summary, const std::vector<KernelToTune> &kernels) const;

private:
  std::size_t nextToJudge() const;

  const std::vector<JudgedModel> &models_;
  CompileOptions compiling_;
  Machine machine_;
  std::map<RecordKey, Verdict> decided_, candidates_; // by the search; of those what no model has rejected
  std::map<RecordKey, std::string> rejected_;
  std::vector<std::optional<ModelCheck>> checks_; // by model
  bool agreed_ = false;
};

} // namespace ninc

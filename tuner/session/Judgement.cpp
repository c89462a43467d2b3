#include "tuner/session/Judgement.h"

namespace ninc {

Judgement::Judgement(const std::vector<JudgedModel> &models, CompileOptions compiling, Machine machine,
                     const std::vector<Verdict> &ofKernels, std::shared_ptr<TunedSchedules> earlier)
    : models_(models), compiling_(std::move(compiling)), machine_(std::move(machine)),
      checks_(models.size()) {
  for (const Verdict &verdict : ofKernels) {
    decided_.emplace(verdict.key, verdict);
    if (verdict.schedule != keepsDefault) candidates_.emplace(verdict.key, verdict);
  }
  compiling_.chooseSchedule = [this, earlier = std::move(earlier), exactness = compiling_.exactness](
                                  const KernelSpec &spec,
                                  const std::string &) -> Result<std::optional<ScheduleChoice>> {
    if (!decided_.contains(keyFor(spec, exactness, machine_.threads, machine_.name)))
      if (auto found = earlier->find(spec, exactness)) return ScheduleChoice(std::move(found->schedule));
    return std::nullopt;
  };
}

Result<void> Judgement::judge(const JobRunner &runner, const MeasuringOptions &measuring,
                              const TuningHooks &hooks) {
  for (std::size_t i = nextToJudge(); i < models_.size(); i = nextToJudge()) {
    if (hooks.shouldHurry()) return {};
    TuningProgress progress;
    progress.kernel = models_[i].optimised.name();
    progress.fraction = 1;
    progress.doing = "the whole model, default and tuned side by side";
    hooks.progress(progress);
    Result<ModelCheck> check = checkWholeModel({models_[i].written, models_[i].optimised}, compiling_,
                                               machine_, candidates_, runner, measuring);
    if (!check) return tl::unexpected(check.error());
    for (const auto &[key, reason] : check->rejected) {
      rejected_.emplace(key, reason);
      candidates_.erase(key);
    }
    checks_[i] = std::move(*check);
  }
  agreed_ = true;
  return {};
}

std::vector<Record> Judgement::verdicts() const {
  std::vector<Record> records;
  if (!agreed_) return records;
  std::map<RecordKey, Verdict> last = decided_;
  for (const auto &[key, reason] : rejected_) {
    last.at(key).schedule = keepsDefault;
    last.at(key).speedup = 1;
    last.at(key).checked = CheckedBy::model;
  }
  for (const std::optional<ModelCheck> &check : checks_)
    for (const auto &[key, verdict] : check->kept)
      last.at(key) = verdict;
  for (auto &[key, verdict] : last)
    records.emplace_back(std::move(verdict));
  return records;
}

void Judgement::addTo(TuningSummary &summary, const std::vector<KernelToTune> &kernels) const {
  for (const std::optional<ModelCheck> &check : checks_)
    if (check) summary.models.push_back(check->summary);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const RecordKey key = keyFor(kernels[i].spec, compiling_.exactness, machine_.threads, machine_.name);
    const auto reason = rejected_.find(key);
    if (reason == rejected_.end()) continue;
    KernelSummary &kernel = summary.kernels[i];
    kernel.remark = reason->second;
    kernel.tunedSchedule = kernel.defaultSchedule;
    kernel.tunedSeconds = kernel.defaultSeconds;
  }
}

// A model that hasn't judged, or that had kept what another one has rejected since; else their number.
std::size_t Judgement::nextToJudge() const {
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (!checks_[i]) return i;
    for (const auto &[key, verdict] : checks_[i]->kept)
      if (!candidates_.contains(key)) return i;
  }
  return checks_.size();
}

} // namespace ninc

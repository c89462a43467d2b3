#include "tuner/session/WholeModel.h"

#include <algorithm>
#include <fmt/format.h>

#include "codegen/plan/ModelPlan.h"
#include "codegen/schedule/ScheduleText.h"
#include "execution/model/LoadedModel.h"
#include "execution/verify/WinogradValues.h"
#include "ir/RandomTensors.h"
#include "ir/interpreter/Interpreter.h"
#include "ir/interpreter/bounds/ErrorBound.h"
#include "support/Hash.h"
#include "tuner/candidate/Workload.h"
#include "tuner/measure/Statistics.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/session/StoredFiles.h"

namespace ninc {

namespace {

constexpr double seconds = 1.5;
constexpr std::int64_t mostRounds = 2000;
// Processes that compare the whole model: where pages lie differs from one to the next.
constexpr int comparisons = 3;

// Schedules by the key of their kernel.
using Choice = std::map<RecordKey, Schedule>;

class Check {
public:
  Check(const ModelToCheck &model, const CompileOptions &options, const Machine &machine,
        const JobRunner &runner, const MeasuringOptions &measuring)
      : model_(model), options_(options), machine_(machine), runner_(runner), measuring_(measuring) {
    check_.summary.name = model.optimised.name();
  }

  Result<ModelCheck> run(const std::map<RecordKey, Verdict> &found) {
    if (auto planned = plan(found); !planned) return tl::unexpected(planned.error());
    if (choice_.empty()) return std::move(check_);
    if (auto prepared = prepare(); !prepared) return tl::unexpected(prepared.error());
    if (auto dropped = dropSlowerKernels(); !dropped) return tl::unexpected(dropped.error());
    if (!choice_.empty())
      if (auto compared = compareWhole(); !compared) return tl::unexpected(compared.error());
    keepWhatIsLeft();
    return std::move(check_);
  }

private:
  RecordKey keyOf(const KernelSpec &spec) const {
    return keyFor(spec, options_.exactness, machine_.threads, machine_.name);
  }

  // Which kernels of the model have something new to try.
  Result<void> plan(const std::map<RecordKey, Verdict> &found) {
    Result<ModelPlan> plan = planModel(model_.optimised, options_.planOptions(machine_.gpu()));
    if (!plan) return tl::unexpected(plan.error());
    for (const PlannedKernel &kernel : plan->kernels) {
      keys_.push_back(keyOf(kernel.spec));
      const auto verdict = found.find(keys_.back());
      if (verdict == found.end()) continue;
      Result<Schedule> schedule = parseSchedule(verdict->second.schedule);
      if (!schedule || *schedule == defaultSchedule(kernel.spec, options_.exactness)) continue;
      choice_.insert_or_assign(verdict->first, *schedule);
      tried_.insert(*verdict);
    }
    return {};
  }

  // A library with what its outputs may be off by.
  struct Built {
    MemoryFile library;
    std::vector<double> bounds;
  };

  // Inputs, and what the reference makes of them. Of a batch's images two are different
  // (tuner/candidate/Workload.h).
  Result<void> prepare() {
    const std::size_t different = std::min<std::size_t>(2, static_cast<std::size_t>(options_.batch));
    for (std::size_t number = 0; number < different; ++number) {
      std::map<std::string, Tensor> inputs;
      for (Node node : model_.written.inputs()) {
        const Value input = model_.written.result(node);
        const std::string &name = model_.written.name(input);
        const TensorType &type = model_.written.type(input);
        inputs.emplace(name, randomInput(type.element, shapeInMemory(type), fnv1a(name, number)));
      }
      auto values = evaluateAll(model_.written, inputs);
      if (!values) return tl::unexpected(values.error());
      values_.push_back(std::move(*values));
      given_.push_back(std::move(inputs));
    }
    for (Node node : model_.written.inputs())
      if (auto put = putImages(model_.written.result(node), given_, inputs_); !put) return put;
    for (Value output : model_.written.outputs())
      if (auto put = putImages(output, values_, expected_); !put) return put;
    Result<Built> usual = build({});
    if (!usual) return tl::unexpected(usual.error());
    usual_.emplace(std::move(*usual));
    return buildTuned();
  }

  // A value of all images of the batch, one behind the other, in a file.
  Result<void> putImages(Value value, const std::vector<std::map<std::string, Tensor>> &images,
                         std::vector<MemoryFile> &files) {
    std::vector<float> numbers;
    for (std::int64_t image = 0; image < options_.batch; ++image) {
      const std::vector<float> &ofImage = images[imageNumber(image)].at(model_.written.name(value)).data;
      numbers.insert(numbers.end(), ofImage.begin(), ofImage.end());
    }
    Result<MemoryFile> file =
        model_.written.type(value).element == ElementType::u8 ? storeBytes(numbers) : storeTensor(numbers);
    if (!file) return tl::unexpected(file.error());
    files.push_back(std::move(*file));
    return {};
  }

  Result<Built> build(const Choice &choice) const {
    Result<MemoryFile> library = compileWith(choice);
    if (!library) return tl::unexpected(library.error());
    Result<std::map<std::string, WinogradTile>> winograd = transformsOf(*library);
    if (!winograd) return tl::unexpected(winograd.error());
    std::vector<double> bounds;
    for (const auto &values : values_) {
      const std::map<std::string, double> ofImage = errorBounds(model_.written, values, *winograd, storage());
      bounds.resize(model_.written.outputs().size());
      for (std::size_t i = 0; i < bounds.size(); ++i)
        bounds[i] = std::max(bounds[i], ofImage.at(model_.written.name(model_.written.outputs()[i])));
    }
    return Built{std::move(*library), std::move(bounds)};
  }

  ElementType storage() const { return machine_.device ? machine_.device->target.storage : ElementType::f32; }

  // By value of the model. Devices' kernels have none.
  Result<std::map<std::string, WinogradTile>> transformsOf(const MemoryFile &library) const {
    if (machine_.device) return std::map<std::string, WinogradTile>();
    Result<LoadedModel> loaded = LoadedModel::open(library.path(), 1);
    if (!loaded) return tl::unexpected(loaded.error());
    return winogradByValue(model_.written, kernelsOfValues(loaded->kernels()),
                           winogradKernels(loaded->kernels()));
  }

  Result<MemoryFile> compileWith(const Choice &choice) const {
    Result<MemoryFile> file = MemoryFile::create("ninc-model");
    if (!file) return file;
    CompileOptions options = options_;
    options.chooseSchedule = [&](const KernelSpec &spec,
                                 const std::string &name) -> Result<std::optional<ScheduleChoice>> {
      const RecordKey key = keyOf(spec);
      if (const auto chosen = choice.find(key); chosen != choice.end()) return ScheduleChoice(chosen->second);
      const bool isTried = tried_.contains(key);
      if (!isTried && options_.chooseSchedule) return options_.chooseSchedule(spec, name);
      return std::nullopt;
    };
    auto compiled = compile(model_.optimised, {Product::sharedLibrary, file->path()}, options);
    if (!compiled) return tl::unexpected(compiled.error());
    return file;
  }

  // What goes wrong here is the new schedules' fault: the default library was made in the same way.
  Result<void> buildTuned() {
    Result<Built> tuned = build(choice_);
    if (!tuned) {
      rejectAll(fmt::format("{} can't be compiled with it: {}", check_.summary.name, tuned.error().message));
      return {};
    }
    tuned_.emplace(std::move(*tuned));
    return {};
  }

  Result<RunnerResult> race(bool counters) const {
    RunnerJob job;
    job.label = model_.optimised.name();
    job.threads = measuring_.threads;
    job.cpus = measuring_.cpus;
    job.seconds = seconds;
    job.leastRounds = 20;
    job.mostRounds = mostRounds;
    job.limitSeconds = 120;
    job.counters = counters;
    job.inputs = pathsOf(inputs_);
    job.expected = pathsOf(expected_);
    for (const Built *built : {&*usual_, &*tuned_})
      job.candidates.push_back({built->library.pathForOthers(), built->bounds, {}});
    return runner_.run(job);
  }

  // A race that didn't come to an end rejects everything that was tried.
  bool ended(const RunnerResult &result) {
    if (result.outcome == Outcome::ok) return true;
    rejectAll(
        fmt::format("{} as a whole: {} {}", check_.summary.name, toString(result.outcome), result.detail));
    return false;
  }

  // Round by round, of all kernels of the model that share a key.
  std::vector<double> secondsOf(const RecordKey &key, const std::vector<std::vector<double>> &rounds) const {
    std::vector<double> sums;
    for (const std::vector<double> &kernels : rounds) {
      double sum = 0;
      for (std::size_t i = 0; i < kernels.size() && i < keys_.size(); ++i)
        if (keys_[i] == key) sum += kernels[i];
      sums.push_back(sum);
    }
    return sums;
  }

  Result<void> dropSlowerKernels() {
    if (choice_.empty()) return {};
    Result<RunnerResult> result = race(true);
    if (!result) return tl::unexpected(result.error());
    if (!ended(*result)) return {};
    if (result->kernelSeconds.size() != 2) return failInternal("the runner has no times of kernels");
    bool dropped = false;
    for (auto at = choice_.begin(); at != choice_.end();) {
      const Comparison inModel = compare(secondsOf(at->first, result->kernelSeconds[0]),
                                         secondsOf(at->first, result->kernelSeconds[1]));
      tried_.at(at->first).speedup = inModel.ratio;
      if (inModel.ratio > 1) {
        ++at;
        continue;
      }
      check_.rejected[at->first] =
          fmt::format("{} won alone, but took {:.1f} % more within {}", toString(at->second),
                      100 * (1 / inModel.ratio - 1), check_.summary.name);
      at = choice_.erase(at);
      dropped = true;
    }
    if (dropped && !choice_.empty()) return buildTuned();
    return {};
  }

  // The least times of all comparisons; faster only if most of them say so.
  Result<void> compareWhole() {
    int faster = 0, slowerInAll = 0;
    auto keepLeast = [](double &least, const std::vector<double> &times) {
      const double now = statisticsOf(times).least;
      if (least == 0 || now < least) least = now;
    };
    for (int i = 0; i < comparisons; ++i) {
      Result<RunnerResult> result = race(false);
      if (!result) return tl::unexpected(result.error());
      if (!ended(*result)) return {};
      keepLeast(check_.summary.defaultSeconds, result->seconds[0]);
      keepLeast(check_.summary.tunedSeconds, result->seconds[1]);
      if (compare(result->seconds[0], result->seconds[1]).faster) ++faster;
      if (result->wallSeconds.empty()) continue;
      keepLeast(check_.summary.defaultWallSeconds, result->wallSeconds[0]);
      keepLeast(check_.summary.tunedWallSeconds, result->wallSeconds[1]);
      if (compare(result->wallSeconds[1], result->wallSeconds[0]).faster) ++slowerInAll;
    }
    // Where other work disturbs every process, most of them may be wrong: so the least times must agree.
    if (2 * faster <= comparisons || check_.summary.tunedSeconds >= check_.summary.defaultSeconds)
      rejectAll(fmt::format("{} as a whole was not faster beyond doubt", check_.summary.name));
    else if (2 * slowerInAll > comparisons)
      rejectAll(fmt::format("{} as a whole took longer, copies included", check_.summary.name));
    return {};
  }

  void rejectAll(const std::string &reason) {
    for (const auto &[key, schedule] : choice_)
      check_.rejected[key] = reason;
    choice_.clear();
  }

  void keepWhatIsLeft() {
    check_.summary.kept = !choice_.empty();
    for (const auto &[key, schedule] : choice_) {
      Verdict &verdict = check_.kept[key] = tried_.at(key);
      verdict.checked = CheckedBy::model;
      verdict.model = check_.summary.name;
      verdict.date = dateNow();
    }
  }

  const ModelToCheck &model_;
  const CompileOptions &options_;
  const Machine &machine_;
  const JobRunner &runner_;
  const MeasuringOptions &measuring_;
  ModelCheck check_;
  std::vector<RecordKey> keys_; // of each kernel of the model
  Choice choice_;               // what the tuned library is made of
  std::map<RecordKey, Verdict> tried_;
  std::vector<std::map<std::string, Tensor>> given_;  // the inputs of each different image
  std::vector<std::map<std::string, Tensor>> values_; // the reference's, of each
  std::vector<MemoryFile> inputs_, expected_;
  std::optional<Built> usual_, tuned_;
};

} // namespace

Result<ModelCheck> checkWholeModel(const ModelToCheck &model, const CompileOptions &options,
                                   const Machine &machine, const std::map<RecordKey, Verdict> &found,
                                   const JobRunner &runner, const MeasuringOptions &measuring) {
  return Check(model, options, machine, runner, measuring).run(found);
}

} // namespace ninc

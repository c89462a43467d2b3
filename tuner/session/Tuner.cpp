#include "tuner/session/Tuner.h"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <utility>
#include <variant>

#include "codegen/schedule/ScheduleText.h"
#include "support/Stopwatch.h"
#include "tuner/machine/CpuSets.h"
#include "tuner/machine/MeasuringLocks.h"
#include "tuner/records/TunedSchedules.h"
#include "tuner/session/CompilePool.h"
#include "tuner/session/KernelInWork.h"
#include "tuner/session/TimeShares.h"

namespace ninc {

namespace {

// Kernels in work at the same time: more would only hold memory.
constexpr std::size_t mostActive = 8;
// With a budget there is time to spend; without one the search ends when little more is to be expected.
constexpr std::size_t patienceWithBudget = 250;

// Empty for a device, so nothing is compiled while it works: OpenCL's may be this very CPU.
CpuSets cpusFor(const Machine &machine) {
  return machine.device ? CpuSets{} : chooseCpus(machine.threads);
}

// At most as many as there are CPUs for them.
std::size_t compileJobs(const TuningRequest &request, const CpuSets &cpus) {
  const std::size_t jobs = std::max(1U, request.jobs);
  if (request.machine.device) return jobs;
  return std::min(jobs, std::max<std::size_t>(1, cpus.compiling.size()));
}

class Tuner {
public:
  Tuner(const TuningRequest &request, const TuningHooks &hooks, const JobRunner &runner, const CpuSets &cpus)
      : request_(request), hooks_(hooks), runner_(runner), measuring_(measuringOn(request.machine)),
        pool_(cpus.compiling, compileJobs(request, cpus)) {
    if (!request.machine.device) measuring_.evictBytes = evictionBytesFor(request.target);
  }

  Result<TuningResult> run(const std::vector<Record> &known) {
    TuningResult result;
    const std::size_t count = request_.kernels.size();
    for (firstOfGroup_ = 0; firstOfGroup_ < count; firstOfGroup_ += mostActive) {
      const std::size_t size = std::min(mostActive, count - firstOfGroup_);
      activate(size, known);
      std::optional<double> left;
      if (request_.seconds) left = *request_.seconds - watch_.seconds();
      if (auto searched = searchGroup(searchSeconds(left, size, count - firstOfGroup_)); !searched)
        return tl::unexpected(searched.error());
      if (auto decided = decideGroup(result); !decided) return tl::unexpected(decided.error());
    }
    result.finished = finished_;
    return result;
  }

private:
  void activate(std::size_t size, const std::vector<Record> &known) {
    active_.clear();
    spent_.assign(size, 0);
    SearchOptions options;
    options.exactness = request_.exactness;
    options.threads = request_.machine.threads;
    if (request_.seconds) options.patience = patienceWithBudget;
    for (std::size_t i = 0; i < size; ++i) {
      const KernelToTune &kernel = request_.kernels[firstOfGroup_ + i];
      const RecordKey key =
          keyFor(kernel.spec, request_.exactness, request_.machine.threads, request_.machine.name);
      active_.emplace_back(kernel, options, key, known, request_.candidates);
    }
  }

  // Until the time is over, or there is nothing more to try.
  Result<void> searchGroup(std::optional<double> seconds) {
    const Stopwatch watch;
    for (;;) {
      const bool outOfTime = seconds && watch.seconds() >= *seconds;
      if (outOfTime || hooks_.shouldStop()) {
        finished_ = false;
        break;
      }
      if (auto collected = collect(0); !collected) return collected;
      if (auto filled = fillPool(); !filled) return filled;
      if (!ready_.empty()) {
        CompiledTask next = std::move(ready_.front());
        ready_.pop_front();
        if (auto taken = take(std::move(next)); !taken) return taken;
      } else if (!pool_.empty()) {
        constexpr int milliseconds = 100;
        if (auto collected = collect(milliseconds); !collected) return collected;
        if (ready_.empty()) report(pool_.longestAtWork(), "compiling");
      } else {
        break;
      }
    }
    if (std::ranges::any_of(active_, &KernelInWork::cutShort)) finished_ = false;
    pool_.clear();
    ready_.clear();
    return {};
  }

  // The last comparison of each kernel that has a default.
  Result<void> decideGroup(TuningResult &result) {
    for (std::size_t i = 0; i < active_.size(); ++i) {
      KernelInWork &kernel = active_[i];
      if (kernel.mayBeDecided() && !hooks_.shouldHurry()) {
        report(i, "last comparison");
        Result<Verdict> verdict = kernel.decide(runner_, measuring_);
        if (!verdict) return tl::unexpected(verdict.error());
        result.verdicts.push_back(std::move(*verdict));
      }
      result.kernels.push_back(kernel.finish());
    }
    return {};
  }

  Result<void> record(Record record) const { return appendRecords(request_.database, {&record, 1}); }

  Result<void> collect(int milliseconds) {
    Result<std::vector<CompiledTask>> compiled = pool_.collect(milliseconds);
    if (!compiled) return tl::unexpected(compiled.error());
    for (CompiledTask &one : *compiled) {
      spent_[one.kernel] += one.seconds;
      ready_.push_back(std::move(one));
    }
    return {};
  }

  Result<void> fillPool() {
    while (pool_.hasRoom(ready_.size())) {
      Result<bool> started = startMostUrgent();
      if (!started) return tl::unexpected(started.error());
      if (!*started) break;
    }
    return {};
  }

  // False if no kernel needs anything now.
  Result<bool> startMostUrgent() {
    std::vector<KernelEffort> efforts;
    for (std::size_t i = 0; i < active_.size(); ++i)
      efforts.push_back({spent_[i], active_[i].defaultSeconds()});
    for (const std::size_t i : byUrgency(efforts)) {
      const std::optional<CompileTask> task = active_[i].next();
      if (!task) continue;
      if (task->kind == TaskKind::reference) report(i, "the reference");
      const KernelInWork &kernel = active_[i];
      const Result<void> started = pool_.start(
          i, *task, kernel.mostSeconds(*task), [&] { return kernel.work(*task); }, hooks_.shouldStop);
      if (!started) return tl::unexpected(started.error());
      return true;
    }
    return false;
  }

  Result<void> take(CompiledTask compiled) {
    KernelInWork &kernel = active_[compiled.kernel];
    Result<KernelInWork::Accepted> accepted = kernel.accept(compiled.task, compiled.end, watch_.seconds());
    if (!accepted) return tl::unexpected(accepted.error());
    noteComplaint(kernel);
    if (auto *failure = std::get_if<Measurement>(&*accepted)) return record(std::move(*failure));
    const auto *candidate = std::get_if<Candidate>(&*accepted);
    return candidate ? measure(compiled, *candidate) : Result<void>();
  }

  Result<void> measure(const CompiledTask &compiled, const Candidate &candidate) {
    KernelInWork &kernel = active_[compiled.kernel];
    report(compiled.kernel, "measuring");
    const double before = kernel.bestSpeedup();
    const Stopwatch watch;
    Result<std::optional<Measurement>> measurement = [&] {
      const CompilePool::Quiet quiet(pool_);
      return kernel.measure(compiled.task, candidate, runner_, measuring_, watch_.seconds());
    }();
    spent_[compiled.kernel] += watch.seconds();
    if (!measurement) return tl::unexpected(measurement.error());
    noteComplaint(kernel);
    if (kernel.bestSpeedup() > before) report(compiled.kernel, "measuring");
    return *measurement ? record(std::move(**measurement)) : Result<void>();
  }

  void noteComplaint(KernelInWork &kernel) const {
    if (const auto complaint = kernel.takeComplaint())
      hooks_.note(fmt::format("'{}' can't be tuned: {}", kernel.tuning().name(), *complaint));
  }

  void report(std::size_t number, const char *doing) const {
    const KernelInWork &kernel = active_[number];
    std::vector<CandidateCounts> counts;
    for (const KernelInWork &one : active_)
      counts.push_back(one.counts());
    TuningProgress progress;
    progress.kernel = kernel.tuning().name();
    progress.kernelNumber = firstOfGroup_ + number + 1;
    progress.kernelCount = request_.kernels.size();
    progress.measured = counts[number].measured;
    progress.known = counts[number].known;
    progress.bestSpeedup = kernel.bestSpeedup();
    progress.doing = doing;
    estimateRest(progress, {watch_.seconds(), request_.seconds, request_.kernels.size(), firstOfGroup_},
                 counts);
    hooks_.progress(progress);
  }

  const TuningRequest &request_;
  const TuningHooks &hooks_;
  const JobRunner &runner_;
  MeasuringOptions measuring_;
  CompilePool pool_;
  std::size_t firstOfGroup_ = 0; // of the request's kernels, in work from there on:
  std::vector<KernelInWork> active_;
  std::vector<double> spent_; // of each, seconds of compiling and measuring
  std::deque<CompiledTask> ready_;
  Stopwatch watch_;
  bool finished_ = true;
};

} // namespace

Result<TuningResult> searchKernels(const TuningRequest &request, const TuningHooks &hooks) {
  if (const std::string reason = whyNoMeasuringLocks(); !reason.empty())
    hooks.note("another tuning at the same time would disturb this one, since they can't take turns: " +
               reason);
  Result<std::unique_ptr<JobRunner>> runner = runnerFor(request.machine);
  if (!runner) return tl::unexpected(runner.error());
  Result<DatabaseContents> known = readDatabase(request.database);
  if (!known) return tl::unexpected(known.error());
  return Tuner(request, hooks, **runner, cpusFor(request.machine)).run(known->records);
}

} // namespace ninc

#include "tuner/session/Tuner.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <list>
#include <poll.h>
#include <set>
#include <sys/wait.h>
#include <thread>

#include "support/ForkedTask.h"
#include "support/Shortage.h"
#include "support/Stopwatch.h"
#include "tuner/machine/CpuSets.h"
#include "tuner/machine/MeasuringLocks.h"
#include "tuner/measure/DeviceRunner.h"
#include "tuner/records/TunedSchedules.h"

namespace ninc {

namespace {

// Kernels in work at the same time: more would only hold memory.
constexpr std::size_t mostActive = 8;
// Processor time of a candidate's compilation: the slowest ones that Halide finishes take some ten seconds.
// One that also works out error bounds may take longer, as may the reference.
constexpr int mostCompileSeconds = 60, mostReferenceSeconds = 1800;
constexpr std::int64_t mostCompileBytes = std::int64_t{16} << 30;
// A system without room for a process just now may have some in a moment.
constexpr int mostStarts = 50;
constexpr std::chrono::milliseconds betweenStarts(200);
// With a budget there is time to spend; without one the search ends when little more is to be expected.
constexpr std::size_t patienceWithBudget = 250;
// Kept for the last comparison of each kernel, but at most a quarter of the time.
constexpr double decidingSeconds = 2;

// Where a kernel stands.
enum class Stage { fresh, evaluating, evaluated, compilingDefault, searching, decided };

struct Active {
  KernelTuning tuning;
  std::size_t number = 0; // in the request
  Stage stage = Stage::fresh;
  std::vector<RankedSchedule> bestKnown; // from earlier sessions, to be compiled again; the next one last
  std::set<std::string> unsettled;       // of those, the ones that haven't been measured again yet
  std::size_t knownBefore = 0;           // measured in earlier sessions
  std::size_t proposed = 0;              // by the search, in this session
  double spent = 0;                      // seconds of compiling and measuring
};

enum class TaskKind { reference, defaultSchedule, challenger };

struct Task {
  Active *kernel = nullptr;
  TaskKind kind = TaskKind::challenger;
  RankedSchedule schedule;
  ForkedTask process;
  Stopwatch watch;
};

// A task's answer.
struct Compiled {
  Active *kernel = nullptr;
  TaskKind kind = TaskKind::challenger;
  RankedSchedule schedule;
  ForkedTask::End end;
};

std::vector<std::string> bytesOf(const std::vector<std::vector<float>> &tensors) {
  std::vector<std::string> parts;
  for (const std::vector<float> &tensor : tensors)
    parts.emplace_back(reinterpret_cast<const char *>(tensor.data()), tensor.size() * sizeof(float));
  return parts;
}

// The reference's results, or nothing after an error: what a child answers.
std::string evaluateToBytes(const Workload &workload) {
  Result<std::vector<std::vector<float>>> results = evaluateWorkload(workload);
  if (!results) return packBytes({"error", results.error().message});
  std::vector<std::string> parts = {"results"};
  for (std::string &part : bytesOf(*results))
    parts.push_back(std::move(part));
  return packBytes(parts);
}

Result<std::vector<std::vector<float>>> resultsFrom(const ForkedTask::End &end) {
  if (const std::string reason = whatRanOut(end); !reason.empty())
    return fail("evaluating a kernel by the reference: " + reason);
  if (!endedWell(end)) return failInternal("evaluating a kernel by the reference was given up");
  Result<std::vector<std::string>> parts = unpackBytes(end.bytes);
  if (!parts) return tl::unexpected(parts.error());
  if (parts->empty() || parts->front() != "results")
    return failInternal(parts->size() == 2 ? (*parts)[1] : "the reference has no answer");
  std::vector<std::vector<float>> results;
  for (std::size_t i = 1; i < parts->size(); ++i) {
    results.emplace_back((*parts)[i].size() / sizeof(float));
    std::memcpy(results.back().data(), (*parts)[i].data(), (*parts)[i].size());
  }
  return results;
}

bool tookTooLong(const Compiled &compiled) {
  return WIFSIGNALED(compiled.end.status) && WTERMSIG(compiled.end.status) == SIGXCPU;
}

// Killed by the system, short of memory, or by somebody: that says nothing about the schedule.
bool wasKilled(const Compiled &compiled) {
  const int status = compiled.end.status;
  return WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == outOfMemoryStatus;
}

// Why there is no candidate, for a record.
std::string reasonOf(const Compiled &compiled) {
  if (tookTooLong(compiled)) return "compiling took too much processor time";
  return "compiling ended with " + howItEnded(compiled.end);
}

class Tuner {
public:
  Tuner(const TuningRequest &request, const TuningHooks &hooks, std::unique_ptr<JobRunner> runner)
      : request_(request), hooks_(hooks), runner_(std::move(runner)),
        measuring_(measuringOn(request.machine)) {
    compileJobs_ = std::max(1U, request.jobs);
    if (request.machine.device) return;
    cpus_ = chooseCpus(request.machine.threads);
    measuring_.evictBytes = evictionBytesFor(request.target);
    compileJobs_ = std::min(compileJobs_, std::max<std::size_t>(1, cpus_.compiling.size()));
  }

  Result<TuningResult> run(const std::vector<Record> &known) {
    TuningResult result;
    result.kernels.resize(request_.kernels.size());
    for (std::size_t first = 0; first < request_.kernels.size(); first += mostActive) {
      const std::size_t last = std::min(first + mostActive, request_.kernels.size());
      activate(first, last, known);
      if (auto searched = searchGroup(shareOf(first, last)); !searched)
        return tl::unexpected(searched.error());
      if (auto decided = decideGroup(result); !decided) return tl::unexpected(decided.error());
    }
    result.finished = finished_;
    return result;
  }

private:
  // Seconds from now until this group must end, if there is a limit.
  std::optional<double> shareOf(std::size_t first, std::size_t last) const {
    if (!request_.seconds) return std::nullopt;
    const double left = std::max(0.0, *request_.seconds - watch_.seconds());
    const double share =
        left * static_cast<double>(last - first) / static_cast<double>(request_.kernels.size() - first);
    return share - std::min(decidingSeconds * static_cast<double>(last - first), share / 4);
  }

  void activate(std::size_t first, std::size_t last, const std::vector<Record> &known) {
    active_.clear();
    const Machine &machine = request_.machine;
    for (std::size_t i = first; i < last; ++i) {
      const KernelToTune &kernel = request_.kernels[i];
      SearchOptions options;
      options.exactness = request_.exactness;
      options.threads = machine.threads;
      if (request_.seconds) options.patience = patienceWithBudget;
      const RecordKey key = keyFor(kernel.spec, request_.exactness, machine.threads, machine.name);
      Active &active =
          active_.emplace_back(Active{KernelTuning(kernel, options, key), i, {}, {}, {}, 0, 0, 0});
      resume(active, known);
    }
  }

  static void resume(Active &active, const std::vector<Record> &known) {
    std::vector<Measurement> measurements;
    for (const Record &record : known)
      if (const auto *measurement = std::get_if<Measurement>(&record);
          measurement && measurement->key == active.tuning.key())
        measurements.push_back(*measurement);
    active.tuning.resume(measurements);
    active.knownBefore = active.tuning.search().measured();
    active.bestKnown = bestKnownOf(active.tuning, known);
    for (const RankedSchedule &schedule : active.bestKnown)
      active.unsettled.insert(toString(schedule.schedule));
  }

  // What earlier sessions liked: the verdict's schedule, and those that were the fastest. More than one,
  // because the time of the fastest of many is likely to be a lucky one.
  static std::vector<RankedSchedule> bestKnownOf(const KernelTuning &tuning,
                                                 const std::vector<Record> &known) {
    constexpr std::size_t most = 3;
    std::vector<MeasuredCandidate> fastest = tuning.summary().candidates;
    std::erase_if(fastest, [](const MeasuredCandidate &candidate) { return candidate.speedup <= 1; });
    std::ranges::stable_sort(fastest, std::ranges::greater(), &MeasuredCandidate::speedup);
    std::vector<std::string> texts;
    const std::map<RecordKey, Verdict> verdicts = newestVerdicts(known);
    if (const auto verdict = verdicts.find(tuning.key()); verdict != verdicts.end())
      texts.push_back(verdict->second.schedule);
    for (const MeasuredCandidate &candidate : fastest)
      if (texts.size() < most) texts.push_back(candidate.schedule);
    std::vector<RankedSchedule> schedules;
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
      Result<Schedule> schedule = parseSchedule(*text);
      if (!schedule || !checkLegal(tuning.spec(), *schedule, tuning.search().options().exactness)) continue;
      if (*schedule == tuning.search().defaultSchedule()) continue;
      if (std::ranges::find(schedules, *schedule, &RankedSchedule::schedule) != schedules.end()) continue;
      const double predicted = predictedCycles(tuning.spec(), *schedule, tuning.search().options().threads);
      schedules.push_back({std::move(*schedule), predicted});
    }
    return schedules;
  }

  Result<void> searchGroup(std::optional<double> seconds) {
    const Stopwatch watch;
    for (;;) {
      if (systemFails_) return tl::unexpected(*systemFails_);
      const bool outOfTime = seconds && watch.seconds() >= *seconds;
      if (outOfTime || hooks_.shouldStop()) {
        finished_ = false;
        break;
      }
      collect(0);
      fillPool();
      if (!ready_.empty()) {
        Compiled next = std::move(ready_.front());
        ready_.pop_front();
        if (auto taken = take(std::move(next)); !taken) return taken;
      } else if (!pool_.empty()) {
        constexpr int milliseconds = 100;
        if (!collect(milliseconds)) report(*pool_.front().kernel, "compiling");
      } else {
        break;
      }
    }
    pool_.clear();
    ready_.clear();
    return {};
  }

  // The last comparison of each kernel that has a default.
  Result<void> decideGroup(TuningResult &result) {
    for (Active &kernel : active_) {
      // What earlier sessions found isn't judged before it has raced again.
      if (kernel.stage == Stage::searching && kernel.unsettled.empty() && !hooks_.shouldHurry()) {
        report(kernel, "last comparison");
        Result<Verdict> verdict = kernel.tuning.decide(*runner_, measuring_);
        if (!verdict) return tl::unexpected(verdict.error());
        result.verdicts.push_back(std::move(*verdict));
      }
      result.kernels[kernel.number] = kernel.tuning.finishedSummary();
      kernel.tuning.release();
    }
    return {};
  }

  Result<void> record(Record record) const { return appendRecords(request_.database, {&record, 1}); }

  void fillPool() {
    // One more than are compiled at once may wait to be measured: proposals should know what came of others.
    while (pool_.size() < compileJobs_ && pool_.size() + ready_.size() <= compileJobs_) {
      bool started = false;
      for (Active *kernel : byUrgency())
        if ((started = startTask(*kernel))) break;
      if (!started) return;
    }
  }

  // The kernel that has had least of its share first. A kernel's share is its part of the time that a run
  // takes, but at least a tenth of the largest one's.
  std::vector<Active *> byUrgency() {
    double largest = 0;
    for (const Active &kernel : active_)
      largest = std::max(largest, kernel.tuning.defaultSeconds());
    std::vector<std::pair<double, Active *>> order;
    for (Active &kernel : active_) {
      const double weight = std::max(kernel.tuning.defaultSeconds(), largest / 10);
      order.emplace_back(weight > 0 ? kernel.spent / weight : 0, &kernel);
    }
    std::ranges::stable_sort(order, {}, &std::pair<double, Active *>::first);
    std::vector<Active *> kernels;
    for (const auto &[urgency, kernel] : order)
      kernels.push_back(kernel);
    return kernels;
  }

  bool outOfCandidates(const Active &kernel) const {
    return request_.candidates && kernel.proposed >= *request_.candidates;
  }

  // Starts what the kernel needs next; false if there is nothing to start now.
  bool startTask(Active &kernel) {
    KernelTuning &tuning = kernel.tuning;
    switch (kernel.stage) {
    case Stage::fresh:
      report(kernel, "the reference");
      tuning.prepare();
      kernel.stage = Stage::evaluating;
      return start(kernel, TaskKind::reference, {}, mostReferenceSeconds,
                   [&tuning] { return evaluateToBytes(tuning.workload()); });
    case Stage::evaluated:
      kernel.stage = Stage::compilingDefault;
      return startCandidate(
          kernel, TaskKind::defaultSchedule,
          {tuning.search().defaultSchedule(),
           predictedCycles(tuning.spec(), tuning.search().defaultSchedule(), request_.machine.threads)});
    case Stage::searching:
      if (!kernel.bestKnown.empty()) {
        const RankedSchedule again = std::move(kernel.bestKnown.back());
        kernel.bestKnown.pop_back();
        return startCandidate(kernel, TaskKind::challenger, again);
      }
      if (outOfCandidates(kernel)) {
        finished_ = false;
        return false;
      }
      if (std::optional<RankedSchedule> next = tuning.search().propose()) {
        ++kernel.proposed;
        return startCandidate(kernel, TaskKind::challenger, *next);
      }
      return false;
    case Stage::evaluating:
    case Stage::compilingDefault:
    case Stage::decided:
      break;
    }
    return false;
  }

  bool startCandidate(Active &kernel, TaskKind kind, const RankedSchedule &schedule) {
    KernelTuning &tuning = kernel.tuning;
    const bool knowsBounds = tuning.knownBounds(schedule.schedule).has_value();
    return start(kernel, kind, schedule, knowsBounds ? mostCompileSeconds : mostReferenceSeconds, [&] {
      return encode(
          makeCandidate(tuning.workload(), schedule.schedule, tuning.knownBounds(schedule.schedule)));
    });
  }

  Result<ForkedTask> startPatiently(const std::function<std::string()> &work,
                                    const ForkLimits &limits) const {
    for (int i = 1;; ++i) {
      Result<ForkedTask> process = ForkedTask::start(work, limits);
      if (process || i >= mostStarts || hooks_.shouldStop()) return process;
      std::this_thread::sleep_for(betweenStarts);
    }
  }

  bool start(Active &kernel, TaskKind kind, const RankedSchedule &schedule, int seconds,
             const std::function<std::string()> &work) {
    Result<ForkedTask> process = startPatiently(work, {cpus_.compiling, mostCompileBytes, seconds});
    if (!process) {
      systemFails_ = process.error();
      return false;
    }
    pool_.push_back({&kernel, kind, schedule, std::move(*process), {}});
    return true;
  }

  // Takes over what the pool's children have to say, waiting so long for the first of it; false if that is
  // nothing. A child that has ended waits in `ready_`.
  bool collect(int milliseconds) {
    bool any = false;
    for (;;) {
      std::vector<pollfd> pipes;
      for (const Task &task : pool_)
        pipes.push_back({task.process.pipeEnd(), POLLIN, 0});
      if (pipes.empty() || poll(pipes.data(), pipes.size(), any ? 0 : milliseconds) <= 0) return any;
      any = true;
      auto ready = pipes.begin();
      for (auto task = pool_.begin(); task != pool_.end(); ++ready) {
        if (ready->revents == 0 || task->process.read()) {
          ++task;
          continue;
        }
        task->kernel->spent += task->watch.seconds();
        ready_.push_back({task->kernel, task->kind, task->schedule, task->process.finish()});
        task = pool_.erase(task);
      }
    }
  }

  Result<void> take(Compiled compiled) {
    Active &kernel = *compiled.kernel;
    if (compiled.kind == TaskKind::reference) {
      Result<std::vector<std::vector<float>>> results = resultsFrom(compiled.end);
      if (!results) {
        giveUp(kernel, results.error().message);
        return {};
      }
      kernel.stage = Stage::evaluated;
      return kernel.tuning.expect(*results);
    }
    kernel.unsettled.erase(toString(compiled.schedule.schedule));
    Result<Candidate> candidate =
        endedWell(compiled.end) ? decodeCandidate(compiled.end.bytes) : fail(reasonOf(compiled));
    if (!candidate) {
      if (compiled.kind == TaskKind::defaultSchedule) giveUp(kernel, candidate.error().message);
      if (wasKilled(compiled)) {
        kernel.tuning.search().learn(compiled.schedule.schedule, Outcome::uncompilable, 0);
        return {};
      }
      return record(kernel.tuning.recordFailure(compiled.schedule, Outcome::uncompilable,
                                                candidate.error().message, watch_.seconds()));
    }
    kernel.tuning.knowBounds(compiled.schedule.schedule, candidate->bounds);
    return measure(kernel, compiled, *candidate);
  }

  // Without a reference and a default there is nothing to compare with.
  void giveUp(Active &kernel, const std::string &reason) {
    kernel.stage = Stage::decided;
    hooks_.note(fmt::format("'{}' can't be tuned: {}", kernel.tuning.name(), reason));
  }

  Result<void> measure(Active &kernel, const Compiled &compiled, const Candidate &candidate) {
    Result<StoredCandidate> stored = StoredCandidate::store(compiled.schedule.schedule, candidate);
    if (!stored) return tl::unexpected(stored.error());
    if (compiled.kind == TaskKind::defaultSchedule) {
      Result<StoredCandidate> second = StoredCandidate::store(compiled.schedule.schedule, candidate);
      if (!second) return tl::unexpected(second.error());
      kernel.tuning.setDefault(std::move(*second));
    }
    report(kernel, "measuring");
    const double before = kernel.tuning.bestSpeedup();
    const Stopwatch watch;
    Result<std::optional<Measurement>> measurement = [&] {
      const Quiet quiet(*this);
      return kernel.tuning.measure(std::move(*stored), *runner_, measuring_, watch_.seconds());
    }();
    kernel.spent += watch.seconds();
    if (!measurement) return tl::unexpected(measurement.error());
    if (compiled.kind == TaskKind::defaultSchedule) {
      kernel.stage = Stage::searching;
      if (!*measurement)
        giveUp(kernel, "its default schedule can't be run");
      else if ((*measurement)->outcome != Outcome::ok)
        giveUp(kernel, fmt::format("its default schedule fails: {} {}", toString((*measurement)->outcome),
                                   (*measurement)->detail));
    }
    if (kernel.tuning.bestSpeedup() > before) report(kernel, "measuring");
    return *measurement ? record(**measurement) : Result<void>();
  }

  // While it lives, nothing is compiled on the CPUs that measure.
  class Quiet {
  public:
    explicit Quiet(Tuner &tuner) : tuner_(tuner) {
      if (tuner_.cpus_.compiling.empty())
        for (const Task &task : tuner_.pool_)
          task.process.pause();
    }
    ~Quiet() {
      if (tuner_.cpus_.compiling.empty())
        for (const Task &task : tuner_.pool_)
          task.process.resume();
    }
    Quiet(const Quiet &) = delete;
    Quiet &operator=(const Quiet &) = delete;

  private:
    Tuner &tuner_;
  };

  // Candidates that have been measured or will be, as far as the search can see.
  std::size_t knownOf(const Active &kernel) const {
    const KernelSearch &search = kernel.tuning.search();
    if (!request_.candidates) return search.known();
    constexpr std::size_t theDefault = 1;
    const std::size_t most = kernel.knownBefore + theDefault + *request_.candidates;
    return std::max(search.measured(), std::min(search.known(), most));
  }

  void report(const Active &kernel, const char *doing) const {
    TuningProgress progress;
    progress.kernel = kernel.tuning.name();
    progress.kernelNumber = kernel.number + 1;
    progress.kernelCount = request_.kernels.size();
    progress.measured = kernel.tuning.search().measured();
    progress.known = knownOf(kernel);
    progress.bestSpeedup = kernel.tuning.bestSpeedup();
    progress.doing = doing;
    if (request_.seconds) {
      progress.fraction = std::min(1.0, watch_.seconds() / std::max(1e-3, *request_.seconds));
      progress.remainingSeconds = std::max(0.0, *request_.seconds - watch_.seconds());
    } else {
      std::size_t measured = 0, known = 0;
      for (const Active &active : active_) {
        measured += active.tuning.search().measured() - active.knownBefore;
        known += knownOf(active) - active.knownBefore;
      }
      const double inGroup = known > 0 ? static_cast<double>(measured) / static_cast<double>(known) : 0;
      const double done =
          static_cast<double>(active_.front().number) + inGroup * static_cast<double>(active_.size());
      progress.fraction = done / static_cast<double>(request_.kernels.size());
      if (progress.fraction > 0)
        progress.remainingSeconds = watch_.seconds() * (1 - progress.fraction) / progress.fraction;
    }
    hooks_.progress(progress);
  }

  const TuningRequest &request_;
  const TuningHooks &hooks_;
  std::unique_ptr<JobRunner> runner_;
  // Empty for a device, so nothing is compiled while it works: OpenCL's may be this very CPU.
  CpuSets cpus_;
  MeasuringOptions measuring_;
  std::size_t compileJobs_ = 1;
  std::list<Active> active_; // a list: tasks point into it
  std::list<Task> pool_;
  std::deque<Compiled> ready_;
  Stopwatch watch_;
  std::optional<Error> systemFails_;
  bool finished_ = true;
};

} // namespace

Result<std::unique_ptr<JobRunner>> runnerFor(const Machine &machine) {
  if (machine.device) return std::make_unique<DeviceRunner>(machine.device->choice);
  Result<Runner> runner = Runner::create();
  if (!runner) return tl::unexpected(runner.error());
  return std::make_unique<Runner>(std::move(*runner));
}

MeasuringOptions measuringOn(const Machine &machine) {
  if (machine.device) return {machine.threads, {}, 0};
  return {machine.threads, chooseCpus(machine.threads).measuring, 0};
}

Result<TuningResult> searchKernels(const TuningRequest &request, const TuningHooks &hooks) {
  if (const std::string reason = whyNoMeasuringLocks(); !reason.empty())
    hooks.note("another tuning at the same time would disturb this one, since they can't take turns: " +
               reason);
  Result<std::unique_ptr<JobRunner>> runner = runnerFor(request.machine);
  if (!runner) return tl::unexpected(runner.error());
  Result<DatabaseContents> known = readDatabase(request.database);
  if (!known) return tl::unexpected(known.error());
  return Tuner(request, hooks, std::move(*runner)).run(known->records);
}

} // namespace ninc

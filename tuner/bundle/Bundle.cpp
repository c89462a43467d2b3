#include "tuner/bundle/Bundle.h"

#include <cmath>
#include <fmt/format.h>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/Files.h"
#include "support/ForkedTask.h"
#include "support/Hash.h"
#include "tuner/measure/EmbeddedRunner.h"
#include "tuner/measure/Statistics.h"
#include "tuner/records/TunedSchedules.h"

extern "C" {
extern const unsigned char ninc_bundle_script[]; // tuner/data/bundle_run.sh
extern const std::size_t ninc_bundle_script_bytes;
}

namespace ninc {

namespace {

namespace fs = std::filesystem;

// Processor time of a candidate, error bounds included.
constexpr int mostCompileSeconds = 1800;

// Each candidate has one short run in one process, and the fastest of many is likely to be a lucky one: its
// lead must be more than luck explains.
constexpr double leadOfVerdict = 1.03;

constexpr const char *readme =
    R"README(Candidates that ninc compiled for another machine ({target}, {threads}).

    ./run.sh                       there: measures them, which takes about {minutes} minutes
    ninc tune --merge results.jsonl  here: adds what was measured to the database

Nothing has to be installed there. Every candidate runs in a process of its own with limits, and its results
are compared with those of ninc's reference interpreter before it is timed.
)README";

// What a result must say of its candidate, in the job's label behind its name.
struct Label {
  RecordKey key; // without the CPU
  std::string kernel, schedule, defaultSchedule;
  double predicted = 0;
};

std::string toText(const Label &label) {
  return nlohmann::json{{"spec", label.key.spec},
                        {"threads", label.key.threads},
                        {"schedules", label.key.scheduleVersion},
                        {"kernel", label.kernel},
                        {"schedule", label.schedule},
                        {"default", label.defaultSchedule},
                        {"predicted_cycles", label.predicted}}
      .dump();
}

// Throws what the JSON package throws.
Label parseLabel(const std::string &text) {
  const auto json = nlohmann::json::parse(text.substr(std::min(text.find('{'), text.size())));
  Label label;
  label.key.spec = json.at("spec").get<std::string>();
  label.key.threads = json.at("threads").get<int>();
  label.key.scheduleVersion = json.at("schedules").get<int>();
  label.kernel = json.at("kernel").get<std::string>();
  label.schedule = json.at("schedule").get<std::string>();
  label.defaultSchedule = json.at("default").get<std::string>();
  label.predicted = json.at("predicted_cycles").get<double>();
  return label;
}

class BundleWriter {
public:
  BundleWriter(const BundleRequest &request, const TuningHooks &hooks) : request_(request), hooks_(hooks) {}

  Result<BundleStatistics> write() {
    if (auto made = makeFolders(); !made) return tl::unexpected(made.error());
    const auto program = runnerProgram(request_.target.arch);
    if (!program) return tl::unexpected(program.error());
    if (auto put = putProgram(*program); !put) return tl::unexpected(put.error());
    for (const KernelToTune &kernel : request_.kernels) {
      if (auto written = writeKernel(kernel); !written) return tl::unexpected(written.error());
      ++statistics_.kernels;
    }
    constexpr double secondsOfJob = 1;
    const std::string text = fmt::format(
        fmt::runtime(readme), fmt::arg("target", toString(request_.target)),
        fmt::arg("threads", fmt::format("{} thread{}", request_.threads, request_.threads == 1 ? "" : "s")),
        fmt::arg("minutes", std::ceil(secondsOfJob * static_cast<double>(statistics_.candidates) / 60)));
    if (auto written = writeAtomically(request_.folder / "README", text); !written)
      return tl::unexpected(written.error());
    return statistics_;
  }

private:
  Result<void> makeFolders() const {
    std::error_code error;
    if (fs::exists(request_.folder, error) && !fs::is_empty(request_.folder, error))
      return fail(fmt::format("'{}' exists and isn't an empty folder", request_.folder.string()));
    for (const char *name : {"jobs", "files"})
      if (fs::create_directories(request_.folder / name, error); error)
        return fail(fmt::format("can't make '{}': {}", (request_.folder / name).string(), error.message()));
    return {};
  }

  Result<void> putProgram(std::span<const std::byte> program) const {
    const std::string_view bytes(reinterpret_cast<const char *>(program.data()), program.size());
    const std::string_view script(reinterpret_cast<const char *>(ninc_bundle_script),
                                  ninc_bundle_script_bytes);
    for (const auto &[name, content] : {std::pair("ninc-runner", bytes), {"run.sh", script}}) {
      const fs::path path = request_.folder / name;
      if (auto written = writeAtomically(path, content); !written) return written;
      std::error_code error;
      fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                      fs::perm_options::add, error);
      if (error) return fail(fmt::format("can't make '{}' executable: {}", path.string(), error.message()));
    }
    return {};
  }

  // The path of a file with these bytes, as a job names it.
  Result<std::string> putFile(std::string_view bytes, const char *suffix) {
    const std::string name = fmt::format("{:016x}-{}{}", fnv1a(bytes), bytes.size(), suffix);
    const fs::path path = request_.folder / "files" / name;
    std::error_code error;
    if (!fs::exists(path, error)) {
      if (auto written = writeAtomically(path, bytes); !written) return tl::unexpected(written.error());
      statistics_.bytes += bytes.size();
    }
    return "../files/" + name;
  }

  Result<void> putTensors(const std::vector<std::vector<float>> &tensors, std::vector<std::string> &paths) {
    for (const std::vector<float> &tensor : tensors) {
      Result<std::string> path =
          putFile({reinterpret_cast<const char *>(tensor.data()), tensor.size() * sizeof(float)}, ".f32");
      if (!path) return tl::unexpected(path.error());
      paths.push_back(*path);
    }
    return {};
  }

  Result<RunnerCandidate> putCandidate(const Candidate &candidate) {
    RunnerCandidate stored;
    Result<std::string> library = putFile(candidate.library, ".so");
    if (!library) return tl::unexpected(library.error());
    stored.library = *library;
    stored.bounds = candidate.bounds;
    for (const std::string &weights : candidate.weights) {
      Result<std::string> path = putFile(weights, ".f32");
      if (!path) return tl::unexpected(path.error());
      stored.weights.push_back(*path);
    }
    return stored;
  }

  Result<void> writeKernel(const KernelToTune &kernel) {
    const Workload workload = makeWorkload(kernel.spec);
    RunnerJob job;
    job.threads = request_.threads;
    job.evictBytes = evictionBytesFor(request_.target);
    job.limitSeconds = 60; // machines that people tune for may be slow
    job.limitBytes = addressBytesFor(request_.threads);
    Result<std::vector<std::vector<float>>> results = evaluateWorkload(workload);
    if (!results) return tl::unexpected(results.error());
    if (auto put = putTensors(workload.operands, job.inputs); !put) return put;
    if (auto put = putTensors(*results, job.expected); !put) return put;

    const std::vector<RankedSchedule> schedules =
        rankedSchedules(kernel.spec, request_.exactness, request_.threads, request_.candidates + 1);
    bounds_.clear();
    std::list<std::pair<std::size_t, ForkedTask>> running;
    std::size_t next = 0;
    while (next < schedules.size() || !running.empty()) {
      if (hooks_.shouldStop()) return fail("stopped; the folder holds no whole bundle");
      // The default first and by itself: every job holds it.
      while (next < schedules.size() && running.size() < std::max(1U, request_.jobs) &&
             (next <= 1 ? running.empty() : true)) {
        Result<ForkedTask> task = start(workload, schedules[next].schedule);
        if (!task) return tl::unexpected(task.error());
        running.emplace_back(next++, std::move(*task));
      }
      auto &[number, task] = running.front();
      while (task.read()) {
      }
      report(kernel, number, schedules.size());
      if (auto taken = takeCandidate(kernel, job, schedules[number], number, task.finish()); !taken)
        return taken;
      running.pop_front();
    }
    return {};
  }

  Result<ForkedTask> start(const Workload &workload, const Schedule &schedule) {
    const std::string rounding = roundingOf(schedule);
    const auto known = bounds_.find(rounding);
    std::optional<std::vector<double>> bounds;
    if (known != bounds_.end()) bounds = known->second;
    return ForkedTask::start(
        [&workload, &schedule, bounds] { return encode(makeCandidate(workload, schedule, bounds)); },
        {{}, 0, mostCompileSeconds});
  }

  Result<void> takeCandidate(const KernelToTune &kernel, RunnerJob &job, const RankedSchedule &schedule,
                             std::size_t number, ForkedTask::End end) {
    Result<Candidate> candidate =
        endedWell(end) ? decodeCandidate(end.bytes) : fail("the compilation was given up");
    if (!candidate && number == 0)
      return fail(fmt::format("'{}': the default schedule can't be compiled: {}", kernel.name,
                              candidate.error().message));
    if (!candidate) {
      ++statistics_.uncompilable;
      return {};
    }
    bounds_.emplace(roundingOf(schedule.schedule), candidate->bounds);
    Result<RunnerCandidate> stored = putCandidate(*candidate);
    if (!stored) return tl::unexpected(stored.error());
    job.candidates.resize(std::min<std::size_t>(job.candidates.size(), 1));
    job.candidates.push_back(*stored);
    job.giveUp.reset();
    if (number > 0) job.giveUp.emplace();
    const std::string name = fmt::format("{:03}-{}-{:03}", statistics_.kernels, kernel.name, number);
    const Label label{keyFor(kernel.spec, request_.exactness, request_.threads, ""), toString(kernel.spec),
                      toString(schedule.schedule),
                      toString(defaultSchedule(kernel.spec, request_.exactness)), schedule.predictedCycles};
    job.label = fmt::format("{} {}", name, toText(label));
    if (auto written = writeAtomically(request_.folder / "jobs" / (name + ".job"), toText(job)); !written)
      return written;
    ++statistics_.candidates;
    return {};
  }

  void report(const KernelToTune &kernel, std::size_t number, std::size_t of) const {
    TuningProgress progress;
    progress.kernel = kernel.name;
    progress.kernelNumber = statistics_.kernels + 1;
    progress.kernelCount = request_.kernels.size();
    progress.measured = number + 1;
    progress.known = of;
    progress.fraction = (static_cast<double>(statistics_.kernels) +
                         static_cast<double>(number + 1) / static_cast<double>(of)) /
                        static_cast<double>(request_.kernels.size());
    progress.doing = "compiling";
    hooks_.progress(progress);
  }

  const BundleRequest &request_;
  const TuningHooks &hooks_;
  std::map<std::string, std::vector<double>> bounds_; // of the kernel in work
  BundleStatistics statistics_;
};

// A result as a measurement, and whether it was faster than the default beyond doubt.
struct Reading {
  Measurement measurement;
  bool faster = false;
};

Result<Reading> readResult(std::string_view line) {
  Result<RunnerResult> result = parseRunnerResult(line);
  if (!result) return tl::unexpected(result.error());
  Reading reading;
  Measurement &measurement = reading.measurement;
  try {
    Label label = parseLabel(result->label);
    measurement.key = std::move(label.key);
    measurement.kernel = std::move(label.kernel);
    measurement.schedule = std::move(label.schedule);
    measurement.defaultSchedule = std::move(label.defaultSchedule);
    measurement.predictedCycles = label.predicted;
  } catch (const nlohmann::json::exception &error) {
    return fail(fmt::format("the label isn't a bundle's: {}", error.what()));
  }
  measurement.key.machine = result->cpu;
  measurement.outcome = result->outcome;
  measurement.detail = result->detail;
  measurement.date = result->date;
  if (result->outcome != Outcome::ok) return reading;
  if (result->seconds.empty()) return fail("a result without times");
  const TimingStatistics times = statisticsOf(result->seconds.back());
  measurement.seconds = times.least;
  measurement.spread = times.spread;
  measurement.rounds = times.rounds;
  measurement.defaultSeconds = statisticsOf(result->seconds.front()).least;
  reading.faster =
      result->seconds.size() > 1 && compare(result->seconds.front(), result->seconds.back()).faster;
  return reading;
}

double speedupOf(const Measurement &measurement) {
  return measurement.seconds > 0 ? measurement.defaultSeconds / measurement.seconds : 0;
}

} // namespace

Result<BundleStatistics> writeBundle(const BundleRequest &request, const TuningHooks &hooks) {
  return BundleWriter(request, hooks).write();
}

DatabaseContents recordsOfBundle(std::string_view results, const std::string &name) {
  DatabaseContents contents;
  std::map<RecordKey, Measurement> best;
  std::istringstream lines{std::string(results)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    Result<Reading> reading = readResult(line);
    // What a record can't say isn't one: through the same checks as a database's lines.
    Result<Record> record =
        reading ? parseRecord(toLine(reading->measurement)) : tl::unexpected(reading.error());
    if (!record) {
      if (contents.badLines++ == 0)
        contents.firstBadLine = fmt::format("{}:{}: {}", name, number, record.error().message);
      continue;
    }
    contents.records.push_back(*record);
    const Measurement &measurement = reading->measurement;
    if (!reading->faster || speedupOf(measurement) < leadOfVerdict) continue;
    const auto [place, fresh] = best.try_emplace(measurement.key, measurement);
    if (!fresh && speedupOf(measurement) > speedupOf(place->second)) place->second = measurement;
  }
  for (const auto &[key, measurement] : best) {
    Verdict verdict;
    verdict.key = key;
    verdict.kernel = measurement.kernel;
    verdict.schedule = measurement.schedule;
    verdict.speedup = speedupOf(measurement);
    verdict.date = measurement.date;
    contents.records.emplace_back(std::move(verdict));
  }
  return contents;
}

bool isBundleResults(std::string_view text) {
  return text.substr(0, text.find('\n')).find("\"runner\":") != std::string_view::npos;
}

} // namespace ninc

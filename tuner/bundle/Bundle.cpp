#include "tuner/bundle/Bundle.h"

#include <cmath>
#include <fmt/format.h>
#include <map>
#include <utility>

#include "codegen/schedule/ScheduleText.h"
#include "support/Counted.h"
#include "support/Files.h"
#include "support/ForkedPool.h"
#include "support/Hash.h"
#include "tuner/bundle/BundleLabel.h"
#include "tuner/candidate/Candidate.h"
#include "tuner/measure/EmbeddedRunner.h"
#include "tuner/measure/RunnerText.h"
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

constexpr const char *readme =
    R"README(Candidates that ninc compiled for another machine ({target}, {threads}).

    ./run.sh                       there: measures them, which takes about {minutes} minutes
    ninc tune --merge results.jsonl  here: adds what was measured to the database

Nothing has to be installed there. Every candidate runs in a process of its own with limits, and its results
are compared with those of ninc's reference interpreter before it is timed.
)README";

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
        fmt::arg("threads", counted(request_.threads, "thread")),
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
    bounds_ = {};
    ForkedPool pool;
    std::map<std::size_t, ForkedTask::End> ended; // not yet taken: candidates are taken in their order
    for (std::size_t next = 0, taken = 0; taken < schedules.size();) {
      if (hooks_.shouldStop()) return fail("stopped; the folder holds no whole bundle");
      // The default first and by itself: every job holds it.
      while (next < schedules.size() && pool.size() + ended.size() < std::max(1U, request_.jobs) &&
             (next == 0 || taken > 0)) {
        if (auto started = start(pool, next, workload, schedules[next].schedule); !started) return started;
        ++next;
      }
      Result<std::vector<ForkedPool::Ended>> collected = pool.collect(-1);
      if (!collected) return tl::unexpected(collected.error());
      for (ForkedPool::Ended &child : *collected)
        ended.emplace(child.number, std::move(child.end));
      for (auto first = ended.find(taken); first != ended.end(); first = ended.find(taken)) {
        report(kernel, taken, schedules.size());
        if (auto done = takeCandidate(kernel, job, schedules[taken], taken, first->second); !done)
          return done;
        ended.erase(first);
        ++taken;
      }
    }
    return {};
  }

  Result<void> start(ForkedPool &pool, std::size_t number, const Workload &workload,
                     const Schedule &schedule) const {
    return pool.start(number, [&] { return encode(makeCandidate(workload, schedule, bounds_.of(schedule))); },
                      {{}, 0, mostCompileSeconds});
  }

  Result<void> takeCandidate(const KernelToTune &kernel, RunnerJob &job, const RankedSchedule &schedule,
                             std::size_t number, const ForkedTask::End &end) {
    Result<Candidate> candidate =
        endedWell(end) ? decodeCandidate(end.bytes) : fail("the compilation was given up");
    if (!candidate && number == 0)
      return fail(fmt::format("'{}': the default schedule can't be compiled: {}", kernel.name,
                              candidate.error().message));
    if (!candidate) {
      ++statistics_.uncompilable;
      return {};
    }
    bounds_.learn(schedule.schedule, candidate->bounds);
    Result<RunnerCandidate> stored = putCandidate(*candidate);
    if (!stored) return tl::unexpected(stored.error());
    job.candidates.resize(std::min<std::size_t>(job.candidates.size(), 1));
    job.candidates.push_back(*stored);
    job.giveUp.reset();
    if (number > 0) job.giveUp.emplace();
    const std::string name = fmt::format("{:03}-{}-{:03}", statistics_.kernels, kernel.name, number);
    const BundleLabel label{keyFor(kernel.spec, request_.exactness, request_.threads, ""),
                            toString(kernel.spec), toString(schedule.schedule),
                            toString(defaultSchedule(kernel.spec, request_.exactness)),
                            schedule.predictedCycles};
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
  KnownBounds bounds_; // of the kernel in work
  BundleStatistics statistics_;
};

} // namespace

Result<BundleStatistics> writeBundle(const BundleRequest &request, const TuningHooks &hooks) {
  return BundleWriter(request, hooks).write();
}

} // namespace ninc

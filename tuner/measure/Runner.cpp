#include "tuner/measure/Runner.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/Shortage.h"
#include "support/StandardStreams.h"
#include "tuner/measure/EmbeddedRunner.h"

namespace ninc {

namespace {

constexpr std::array outcomes = {Outcome::ok,   Outcome::wrong,  Outcome::crashed,
                                 Outcome::hung, Outcome::memory, Outcome::uncompilable};

std::optional<Outcome> outcomeOf(const std::string &text) {
  for (Outcome outcome : outcomes)
    if (toString(outcome) == text) return outcome;
  return std::nullopt;
}

constexpr double nanosecond = 1e-9;

// [candidate][round]
std::vector<std::vector<double>> secondsFrom(const nlohmann::json &nanoseconds) {
  std::vector<std::vector<double>> seconds;
  for (const auto &candidate : nanoseconds) {
    std::vector<double> &rounds = seconds.emplace_back();
    for (const auto &round : candidate)
      rounds.push_back(round.get<double>() * nanosecond);
  }
  return seconds;
}

Result<RunnerResult> resultFrom(const nlohmann::json &json) {
  RunnerResult result;
  result.label = json.at("label").get<std::string>();
  result.cpu = json.at("cpu").get<std::string>();
  result.date = json.at("date").get<std::string>();
  result.candidate = json.at("candidate").get<int>();
  result.detail = json.at("detail").get<std::string>();
  const auto outcome = json.at("outcome").get<std::string>();
  if (outcome == "failed") return fail("the runner: " + result.detail);
  const auto known = outcomeOf(outcome);
  if (!known) return fail(fmt::format("the runner answers with an unknown outcome '{}'", outcome));
  result.outcome = *known;
  result.seconds = secondsFrom(json.at("times_ns"));
  if (json.contains("walls_ns")) result.wallSeconds = secondsFrom(json.at("walls_ns"));
  if (json.contains("kernels_ns"))
    for (const auto &candidate : json.at("kernels_ns")) {
      auto &rounds = result.kernelSeconds.emplace_back();
      for (const auto &round : candidate) {
        std::vector<double> &kernels = rounds.emplace_back();
        for (const auto &kernel : round)
          kernels.push_back(kernel.get<double>() * nanosecond);
      }
    }
  return result;
}

// In the child: becomes the runner.
[[noreturn]] void exec(const std::string &program, const std::string &job, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  // Ctrl-C is for ninc, which may want this measurement's result. Ignored signals stay so across exec.
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    ::signal(signal, SIG_IGN);
  restoreWriteSignals();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDERR_FILENO);
  dup2(output, STDOUT_FILENO);
  execl(program.c_str(), "ninc-runner", job.c_str(), static_cast<char *>(nullptr));
  _exit(127);
}

std::vector<std::string> lockNames(const std::vector<int> &cpus) {
  std::vector<std::string> names;
  for (const int cpu : cpus)
    names.push_back(fmt::format("cpu{}", cpu));
  return names;
}

std::string readAll(int pipeEnd) {
  std::string text;
  std::array<char, 1 << 16> buffer; // NOLINT: filled by read
  for (;;) {
    const ssize_t count = ::read(pipeEnd, buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

} // namespace

std::int64_t addressBytesFor(int threads) {
  constexpr std::int64_t usual = std::int64_t{16} << 30, ofThread = std::int64_t{80} << 20;
  return usual + threads * ofThread;
}

std::int64_t evictionBytesFor(const Target &target) {
  return target.l2Bytes * 3 / 2;
}

std::string toText(const RunnerJob &job) {
  std::string text = "ninc-runner 1\n";
  auto line = [&]<class... Arguments>(fmt::format_string<Arguments...> format, Arguments &&...arguments) {
    text += fmt::format(format, std::forward<Arguments>(arguments)...) + '\n';
  };
  line("label {}", job.label);
  line("threads {}", job.threads);
  if (!job.cpus.empty()) line("cpus {}", fmt::join(job.cpus, ","));
  line("evict {}", job.evictBytes);
  line("rounds {} {}", job.leastRounds, job.mostRounds);
  line("seconds {}", job.seconds);
  line("limit seconds {}", job.limitSeconds);
  if (job.limitBytes > 0) line("limit bytes {}", job.limitBytes);
  if (job.counters) line("counters 1");
  if (job.giveUp) line("give-up {} {}", job.giveUp->factor, job.giveUp->rounds);
  for (const std::string &path : job.inputs)
    line("input {}", path);
  for (const std::string &path : job.expected)
    line("expect {}", path);
  for (const RunnerCandidate &candidate : job.candidates) {
    line("candidate {}", candidate.library);
    for (double bound : candidate.bounds)
      line("bound {}", bound);
    for (const std::string &path : candidate.weights)
      line("weights {}", path);
  }
  return text;
}

Result<RunnerResult> parseRunnerResult(std::string_view line) {
  try {
    return resultFrom(nlohmann::json::parse(line));
  } catch (const nlohmann::json::exception &error) {
    return fail(fmt::format("not a line of the runner: {}", error.what()));
  }
}

Result<Runner> Runner::create() {
  Result<Target> host = parseTarget("host");
  if (!host) return tl::unexpected(host.error());
  const auto program = runnerProgram(host->arch);
  if (!program) return tl::unexpected(program.error());
  const std::string_view bytes(reinterpret_cast<const char *>(program->data()), program->size());
  Result<MemoryFile> file = MemoryFile::holding("ninc-runner", bytes);
  if (!file) return tl::unexpected(file.error());
  return Runner(std::move(*file));
}

Result<RunnerResult> Runner::run(const RunnerJob &job) const {
  Result<MemoryFile> file = MemoryFile::holding("ninc-job", toText(job));
  if (!file) return tl::unexpected(file.error());
  const MeasuringLocks alone(lockNames(job.cpus), patience_);
  const std::string program = program_.pathForOthers(), path = file->pathForOthers();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(fmt::format("no pipe for the runner: {}", reasonWithLimit(errno)));
  const pid_t parent = getpid(), process = fork();
  if (process == 0) exec(program, path, ends[1], parent);
  const int reason = errno;
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return fail(fmt::format("no process for the runner: {}", reasonWithLimit(reason)));
  }
  const std::string answer = readAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string line = answer.substr(0, answer.find('\n'));
  if (line.empty())
    return failInternal(fmt::format("the runner has ended without an answer (status {})", status));
  return parseRunnerResult(line);
}

} // namespace ninc

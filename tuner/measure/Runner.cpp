#include "tuner/measure/Runner.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/Shortage.h"
#include "support/StandardStreams.h"
#include "tuner/measure/EmbeddedRunner.h"
#include "tuner/measure/RunnerText.h"

namespace ninc {

namespace {

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

#include "support/ForkedTask.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <new>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "support/Shortage.h"
#include "support/Stopwatch.h"

namespace ninc {

namespace {

void leaveTerminal() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::signal(signal, SIG_IGN);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    dup2(nothing, stream);
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
}

void apply(const ForkLimits &limits) {
  if (limits.apart) leaveTerminal();
  if (!limits.cpus.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int cpu : limits.cpus)
      if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  if (limits.addressBytes > 0) {
    const auto bytes = static_cast<rlim_t>(limits.addressBytes);
    const rlimit limit{bytes, bytes};
    setrlimit(RLIMIT_AS, &limit);
  }
  if (limits.cpuSeconds > 0) {
    const auto seconds = static_cast<rlim_t>(limits.cpuSeconds);
    const rlimit limit{seconds, seconds + 1};
    setrlimit(RLIMIT_CPU, &limit);
  }
}

bool inside = false;

// _exit: what the parent has buffered or registered for its own exit is none of the child's business.
[[noreturn]] void computeAndExit(const std::function<std::string()> &work, int pipeEnd) {
  std::string bytes;
  try {
    bytes = work();
  } catch (const std::bad_alloc &) {
    _exit(outOfMemoryStatus);
  } catch (...) {
    _exit(1);
  }
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t count = write(pipeEnd, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) written += static_cast<std::size_t>(count);
  }
  _exit(0);
}

} // namespace

Result<ForkedTask> ForkedTask::start(const std::function<std::string()> &work, const ForkLimits &limits) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) // or a program started meanwhile keeps the write end open
    return fail(fmt::format("no pipe for a child process: {}", reasonWithLimit(errno)));
  // Without room for this file the words are seen where they are printed.
  const int words = limits.collectsWords ? memfd_create("words", MFD_CLOEXEC) : -1;
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) {
    // Work that nobody waits for any more isn't worth its seconds.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    inside = true;
    close(ends[0]);
    endWhenOut();
    if (words >= 0) dup2(words, STDERR_FILENO);
    apply(limits);
    computeAndExit(work, ends[1]);
  }
  const int reason = errno;
  close(ends[1]);
  if (process > 0) return ForkedTask(process, ends[0], words);
  close(ends[0]);
  if (words >= 0) close(words);
  return fail(fmt::format("no child process: {}", reasonWithLimit(reason)));
}

bool ForkedTask::isThisProcess() {
  return inside;
}

ForkedTask::ForkedTask(ForkedTask &&other) noexcept
    : process_(std::exchange(other.process_, 0)), pipe_(other.pipe_), words_(std::exchange(other.words_, -1)),
      bytes_(std::move(other.bytes_)) {}

ForkedTask::~ForkedTask() {
  if (process_ == 0) return;
  end();
  wait();
  takeWords();
}

bool ForkedTask::read() {
  std::array<char, 1 << 16> buffer; // NOLINT: filled by read
  const ssize_t count = ::read(pipe_, buffer.data(), buffer.size());
  if (count > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

ForkedTask::End ForkedTask::finish() {
  const int status = wait();
  return {status, std::move(bytes_), takeWords()};
}

void ForkedTask::end() const {
  kill(process_, SIGKILL);
}
void ForkedTask::pause() const {
  kill(process_, SIGSTOP);
}
void ForkedTask::resume() const {
  kill(process_, SIGCONT);
}

// The pipe is closed first: a child that still writes to it ends instead of waiting for a reader.
int ForkedTask::wait() {
  close(pipe_);
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

std::string ForkedTask::takeWords() {
  if (words_ < 0) return {};
  std::string words(std::size_t{4} << 10, '\0');
  const ssize_t count = pread(words_, words.data(), words.size(), 0);
  words.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  close(std::exchange(words_, -1));
  return words;
}

std::string whatRanOut(const ForkedTask::End &end) {
  if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == outOfStackStatus) return outOfStackWords();
  // Packages that abort say so before.
  const bool saysSo = !endedWell(end) && (end.words.find("out of memory") != std::string::npos ||
                                          end.words.find("bad_alloc") != std::string::npos ||
                                          end.words.find("Cannot allocate memory") != std::string::npos);
  if (saysSo || (WIFEXITED(end.status) && WEXITSTATUS(end.status) == outOfMemoryStatus))
    return outOfMemoryWords();
  if (!WIFSIGNALED(end.status)) return {};
  // Nobody else sends this signal than a system that has run out of memory, or a user.
  if (WTERMSIG(end.status) == SIGKILL) return "it was killed; is there too little memory?";
  if (WTERMSIG(end.status) == SIGXFSZ || WTERMSIG(end.status) == SIGXCPU)
    return fmt::format("it met a limit of this system: {}", strsignal(WTERMSIG(end.status)));
  return {};
}

bool endedWell(const ForkedTask::End &end) {
  return WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0;
}

std::string howItEnded(const ForkedTask::End &end) {
  if (!WIFSIGNALED(end.status)) {
    const int code = WEXITSTATUS(end.status);
    return fmt::format("code {}{}", code,
                       code == outOfMemoryStatus  ? " (out of memory)"
                       : code == outOfStackStatus ? " (out of stack)"
                                                  : "");
  }
  return fmt::format("signal {} ({})", WTERMSIG(end.status), strsignal(WTERMSIG(end.status)));
}

std::optional<ForkedTask::End> finishWithin(ForkedTask &task, double seconds) {
  const Stopwatch watch;
  for (;;) {
    constexpr double longest = 1000; // of one wait: what fits into milliseconds
    const double left = std::min(seconds - watch.seconds(), longest);
    pollfd pipe{task.pipeEnd(), POLLIN, 0};
    const int ready = left > 0 ? poll(&pipe, 1, static_cast<int>(std::ceil(1e3 * left))) : 0;
    if (ready > 0 && !task.read()) return task.finish();
    if (ready <= 0 && watch.seconds() >= seconds) break;
  }
  task.end();
  task.finish();
  return std::nullopt;
}

} // namespace ninc

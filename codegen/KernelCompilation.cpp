#include "codegen/KernelCompilation.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codegen/KernelEncoding.h"

namespace ninc {

namespace {

// A child that compiles one kernel and writes it, encoded, to a pipe. Ended and waited for when the object
// goes, so an error in between leaves no process behind.
class Child {
public:
  static Result<Child> start(const KernelRequest &request) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) // or a program started meanwhile keeps the write end open
      return failInternal(fmt::format("no pipe for a kernel: {}", std::strerror(errno)));
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process == 0) {
      // A kernel that nobody waits for any more isn't worth its seconds.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(1);
      close(ends[0]);
      compileAndExit(request, ends[1]);
    }
    close(ends[1]);
    if (process > 0) return Child(process, ends[0]);
    const int reason = errno;
    close(ends[0]);
    return failInternal(fmt::format("no process for a kernel: {}", std::strerror(reason)));
  }

  Child(Child &&other) noexcept
      : process_(std::exchange(other.process_, 0)), pipe_(other.pipe_), bytes_(std::move(other.bytes_)) {}
  Child &operator=(Child &&) = delete;
  ~Child() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    wait();
  }

  int pipeEnd() const { return pipe_; }

  // Takes what the pipe holds; false at its end.
  bool read() {
    std::array<char, 1 << 16> buffer; // NOLINT: filled by read
    const ssize_t count = ::read(pipe_, buffer.data(), buffer.size());
    if (count > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
  }

  Result<Kernel> finish(const std::string &symbol) {
    const int status = wait();
    // Nobody else sends this signal than a system that has run out of memory, or a user.
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      return fail(fmt::format("compiling {} was killed; is there too little memory?", symbol));
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXFSZ || WTERMSIG(status) == SIGXCPU))
      return fail(
          fmt::format("compiling {} met a limit of this system: {}", symbol, strsignal(WTERMSIG(status))));
    if (WIFSIGNALED(status))
      return failInternal(fmt::format("compiling {} ended with signal {} ({})", symbol, WTERMSIG(status),
                                      strsignal(WTERMSIG(status))));
    // LLVM leaves the process when it can't write; its own words are on stderr by then.
    if (WEXITSTATUS(status) != 0)
      return fail(fmt::format("compiling {} was given up; is there room for temporary files?", symbol));
    return decodeKernel(bytes_);
  }

private:
  Child(pid_t process, int pipeEnd) : process_(process), pipe_(pipeEnd) {}

  // _exit: what the parent has buffered or registered for its own exit is none of the child's business.
  [[noreturn]] static void compileAndExit(const KernelRequest &request, int pipeEnd) {
    const std::string bytes = encode(compileKernel(request.spec, request.schedule, request.symbol));
    for (std::size_t written = 0; written < bytes.size();) {
      const ssize_t count = write(pipeEnd, bytes.data() + written, bytes.size() - written);
      if (count < 0 && errno != EINTR) _exit(1);
      if (count > 0) written += static_cast<std::size_t>(count);
    }
    _exit(0);
  }

  // The pipe is closed first: a child that still writes to it ends instead of waiting for a reader.
  int wait() {
    close(pipe_);
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return status;
  }

  pid_t process_ = 0; // 0 once waited for
  int pipe_ = -1;
  std::string bytes_;
};

} // namespace

Result<std::vector<Kernel>> compileKernels(std::span<const KernelRequest> requests, unsigned jobs) {
  std::map<std::size_t, Child> running; // by the request's number
  std::vector<std::optional<Result<Kernel>>> finished(requests.size());
  for (std::size_t next = 0; next < requests.size() || !running.empty();) {
    if (next < requests.size() && running.size() < std::max(1U, jobs)) {
      auto child = Child::start(requests[next]);
      if (!child) return tl::unexpected(child.error());
      running.emplace(next++, std::move(*child));
      continue;
    }
    std::vector<pollfd> pipes;
    for (const auto &[number, child] : running)
      pipes.push_back({child.pipeEnd(), POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR)
      return failInternal(fmt::format("waiting for kernels failed: {}", std::strerror(errno)));
    auto ready = pipes.begin();
    for (auto at = running.begin(); at != running.end(); ++ready) {
      const bool ended = ready->revents != 0 && !at->second.read();
      if (ended) finished[at->first] = at->second.finish(requests[at->first].symbol);
      at = ended ? running.erase(at) : std::next(at);
    }
  }
  std::vector<Kernel> kernels;
  for (std::optional<Result<Kernel>> &kernel : finished) {
    if (!*kernel) return tl::unexpected(kernel->error());
    kernels.push_back(std::move(**kernel));
  }
  return kernels;
}

} // namespace ninc

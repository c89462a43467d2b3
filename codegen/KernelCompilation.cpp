#include "codegen/KernelCompilation.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/wait.h>

#include "codegen/KernelEncoding.h"
#include "support/ForkedTask.h"

namespace ninc {

namespace {

Result<ForkedTask> startCompiling(const KernelRequest &request) {
  return ForkedTask::start(
      [&] { return encode(compileKernel(request.spec, request.schedule, request.symbol)); });
}

Result<Kernel> finish(ForkedTask &child, const std::string &symbol) {
  const auto [status, bytes] = child.finish();
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
  return decodeKernel(bytes);
}

} // namespace

Result<std::vector<Kernel>> compileKernels(std::span<const KernelRequest> requests, unsigned jobs) {
  std::map<std::size_t, ForkedTask> running; // by the request's number
  std::vector<std::optional<Result<Kernel>>> finished(requests.size());
  for (std::size_t next = 0; next < requests.size() || !running.empty();) {
    if (next < requests.size() && running.size() < std::max(1U, jobs)) {
      auto child = startCompiling(requests[next]);
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
      if (ended) finished[at->first] = finish(at->second, requests[at->first].symbol);
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

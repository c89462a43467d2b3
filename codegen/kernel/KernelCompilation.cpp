#include "codegen/kernel/KernelCompilation.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <poll.h>

#include "codegen/kernel/KernelEncoding.h"
#include "codegen/kernel/MadeApart.h"
#include "support/ForkedTask.h"
#include "support/StandardStreams.h"

namespace ninc {

namespace {

Result<ForkedTask> startCompiling(const KernelRequest &request) {
  return ForkedTask::start(
      [&] { return encode(compileKernel(request.spec, request.schedule, request.symbol)); },
      {.collectsWords = true});
}

std::string compiling(const KernelRequest &request) {
  return fmt::format("compiling {}", request.symbol);
}

Result<Kernel> finish(ForkedTask &child, const KernelRequest &request) {
  const ForkedTask::End end = child.finish();
  if (!endedWell(end)) return tl::unexpected(whyNotMade(compiling(request), end));
  sayText(end.words); // what Halide is told to print
  return decodeKernel(end.bytes);
}

} // namespace

Result<std::vector<Kernel>> compileKernels(std::span<const KernelRequest> requests, unsigned jobs) {
  std::map<std::size_t, ForkedTask> running; // by the request's number
  std::vector<std::optional<Result<Kernel>>> finished(requests.size());
  std::size_t most = std::max(1U, jobs);
  for (std::size_t next = 0; next < requests.size() || !running.empty();) {
    if (next < requests.size() && running.size() < most) {
      auto child = startCompiling(requests[next]);
      if (child) {
        running.emplace(next++, std::move(*child));
        continue;
      }
      if (running.empty())
        return fail(fmt::format("{}: {}", compiling(requests[next]), child.error().message));
      most = running.size(); // the system gives no more
    }
    std::vector<pollfd> pipes;
    for (const auto &[number, child] : running)
      pipes.push_back({child.pipeEnd(), POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR)
      return failInternal(fmt::format("waiting for kernels failed: {}", std::strerror(errno)));
    auto ready = pipes.begin();
    for (auto at = running.begin(); at != running.end(); ++ready) {
      const bool ended = ready->revents != 0 && !at->second.read();
      if (ended) finished[at->first] = finish(at->second, requests[at->first]);
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

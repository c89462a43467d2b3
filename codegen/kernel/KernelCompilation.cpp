#include "codegen/kernel/KernelCompilation.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "codegen/kernel/KernelEncoding.h"
#include "codegen/kernel/MadeApart.h"
#include "support/ForkedPool.h"
#include "support/StandardStreams.h"

namespace ninc {

namespace {

std::string compiling(const KernelRequest &request) {
  return fmt::format("compiling {}", request.symbol);
}

Result<Kernel> kernelFrom(ForkedTask::End end, const KernelRequest &request) {
  if (!endedWell(end)) return tl::unexpected(whyNotMade(compiling(request), end));
  sayText(end.words); // what Halide is told to print
  return decodeKernel(std::move(end.bytes));
}

} // namespace

Result<std::vector<Kernel>> compileKernels(std::span<const KernelRequest> requests, unsigned jobs) {
  ForkedPool pool; // children by their request's number
  std::vector<std::optional<Result<Kernel>>> finished(requests.size());
  std::size_t most = std::max(1U, jobs);
  for (std::size_t next = 0; next < requests.size() || !pool.empty();) {
    if (next < requests.size() && pool.size() < most) {
      const KernelRequest &request = requests[next];
      const auto started = pool.start(
          next, [&] { return encode(compileKernel(request.spec, request.schedule, request.symbol)); },
          {.collectsWords = true});
      if (started) {
        ++next;
        continue;
      }
      if (pool.empty()) return fail(fmt::format("{}: {}", compiling(request), started.error().message));
      most = pool.size(); // the system gives no more
    }
    Result<std::vector<ForkedPool::Ended>> ended = pool.collect(-1);
    if (!ended) return tl::unexpected(ended.error());
    for (ForkedPool::Ended &child : *ended)
      finished[child.number] = kernelFrom(std::move(child.end), requests[child.number]);
  }
  std::vector<Kernel> kernels;
  for (std::optional<Result<Kernel>> &kernel : finished) {
    if (!*kernel) return tl::unexpected(kernel->error());
    kernels.push_back(std::move(**kernel));
  }
  return kernels;
}

} // namespace ninc

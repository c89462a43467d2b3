#include "support/ForkedPool.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <utility>

namespace ninc {

Result<void> ForkedPool::start(std::size_t number, const std::function<std::string()> &work,
                               const ForkLimits &limits) {
  Result<ForkedTask> process = ForkedTask::start(work, limits);
  if (!process) return tl::unexpected(process.error());
  children_.push_back({number, std::move(*process), {}});
  return {};
}

Result<std::vector<ForkedPool::Ended>> ForkedPool::collect(int milliseconds) {
  const Stopwatch watch;
  std::vector<Ended> ended;
  while (!children_.empty() && ended.empty()) {
    std::vector<pollfd> pipes;
    for (const Child &child : children_)
      pipes.push_back({child.process.pipeEnd(), POLLIN, 0});
    int wait = milliseconds;
    if (milliseconds > 0) wait -= std::min(milliseconds, static_cast<int>(std::floor(1e3 * watch.seconds())));
    const int ready = poll(pipes.data(), pipes.size(), wait);
    if (ready < 0 && errno != EINTR)
      return failInternal(fmt::format("waiting for child processes failed: {}", std::strerror(errno)));
    if (ready <= 0) break;
    auto pipe = pipes.begin();
    for (auto child = children_.begin(); child != children_.end(); ++pipe) {
      if (pipe->revents == 0 || child->process.read()) {
        ++child;
        continue;
      }
      ended.push_back({child->number, child->process.finish(), child->watch.seconds()});
      child = children_.erase(child);
    }
  }
  return ended;
}

void ForkedPool::pause() const {
  for (const Child &child : children_)
    child.process.pause();
}

void ForkedPool::resume() const {
  for (const Child &child : children_)
    child.process.resume();
}

void ForkedPool::clear() {
  children_.clear();
}

} // namespace ninc

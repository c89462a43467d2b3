#include "tuner/session/CompilePool.h"

#include <chrono>
#include <thread>
#include <utility>

namespace ninc {

namespace {

constexpr std::int64_t mostCompileBytes = std::int64_t{16} << 30;
constexpr int mostStarts = 50;
constexpr std::chrono::milliseconds betweenStarts(200);

} // namespace

Result<void> CompilePool::start(std::size_t kernel, CompileTask task, int mostSeconds,
                                const std::function<std::string()> &work,
                                const std::function<bool()> &shouldStop) {
  const std::size_t number = started_++;
  for (int i = 1;; ++i) {
    Result<void> started = children_.start(number, work, {cpus_, mostCompileBytes, mostSeconds});
    if (started) break;
    if (i >= mostStarts || shouldStop()) return started;
    std::this_thread::sleep_for(betweenStarts);
  }
  tasks_.emplace(number, Task{kernel, std::move(task)});
  return {};
}

Result<std::vector<CompiledTask>> CompilePool::collect(int milliseconds) {
  Result<std::vector<ForkedPool::Ended>> ended = children_.collect(milliseconds);
  if (!ended) return tl::unexpected(ended.error());
  std::vector<CompiledTask> compiled;
  for (ForkedPool::Ended &child : *ended) {
    auto task = tasks_.extract(child.number);
    compiled.push_back(
        {task.mapped().kernel, std::move(task.mapped().task), std::move(child.end), child.seconds});
  }
  return compiled;
}

void CompilePool::clear() {
  children_.clear();
  tasks_.clear();
}

CompilePool::Quiet::Quiet(const CompilePool &pool) : pool_(pool) {
  if (pool_.cpus_.empty()) pool_.children_.pause();
}

CompilePool::Quiet::~Quiet() {
  if (pool_.cpus_.empty()) pool_.children_.resume();
}

} // namespace ninc

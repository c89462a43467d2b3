// The children that compile candidates while others are measured. Where there are no CPUs that measuring
// could leave to them, they are paused meanwhile.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/ForkedPool.h"
#include "support/Result.h"
#include "tuner/measure/JobRunner.h"
#include "tuner/session/CompileTask.h"

namespace ninc {

class CompilePool {
public:
  // At most `jobs` children at once, on `cpus`; empty: on any, but not while something is measured.
  CompilePool(std::vector<int> cpus, std::size_t jobs) : cpus_(std::move(cpus)), jobs_(jobs) {}

  bool empty() const { return children_.empty(); }
  // Whether to start one more while so many answers wait to be measured. One more than are compiled at once
  // may wait: what is compiled next should know what came of others.
  bool hasRoom(std::size_t waiting) const {
    return children_.size() < jobs_ && children_.size() + waiting <= jobs_;
  }
  // The kernel whose child has been at work longest; there must be one.
  std::size_t longestAtWork() const { return tasks_.at(children_.oldest()).kernel; }

  // `work` runs in a child, for so many seconds of processor time at most. A system without room for a
  // process just now may have some in a moment: tries for ten seconds, unless `shouldStop` says otherwise.
  Result<void> start(std::size_t kernel, CompileTask task, int mostSeconds,
                     const std::function<std::string()> &work, const std::function<bool()> &shouldStop);

  // As ForkedPool's.
  Result<std::vector<CompiledTask>> collect(int milliseconds);

  void clear();

  // While one lives, nothing is compiled on the CPUs that measure.
  class Quiet {
  public:
    explicit Quiet(const CompilePool &pool);
    ~Quiet();
    Quiet(const Quiet &) = delete;
    Quiet &operator=(const Quiet &) = delete;

  private:
    const CompilePool &pool_;
  };

private:
  struct Task {
    std::size_t kernel;
    CompileTask task;
  };

  std::vector<int> cpus_;
  std::size_t jobs_;
  ForkedPool children_;
  std::map<std::size_t, Task> tasks_; // by the child's number
  std::size_t started_ = 0;
};

} // namespace ninc

// The runner (tuner/runner/README.md) from this side: its process, with a job's text and its answer.
#pragma once

#include <chrono>

#include "support/Result.h"
#include "support/TemporaryFiles.h"
#include "tuner/machine/MeasuringLocks.h"
#include "tuner/measure/JobRunner.h"

namespace ninc {

// The runner, ready to be started. Movable.
class Runner : public JobRunner {
public:
  // For this machine.
  static Result<Runner> create();

  Result<RunnerResult> run(const RunnerJob &job) const override;

private:
  explicit Runner(MemoryFile program) : program_(std::move(program)) {}

  MemoryFile program_;
  // What is left of it for tunings that don't let this one have its turn.
  mutable std::chrono::milliseconds patience_ = MeasuringLocks::usualPatience;
};

} // namespace ninc

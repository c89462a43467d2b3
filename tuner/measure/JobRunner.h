// What is measured, as data: a job (candidates side by side on the same operands, how long, within which
// limits), and what became of it. Who runs jobs stands behind one function: the runner on CPUs
// (tuner/measure/Runner.h), a device (tuner/measure/DeviceRunner.h), a test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codegen/target/Target.h"
#include "support/Result.h"
#include "tuner/records/Record.h"

namespace ninc {

// Paths are of files that whoever runs the job can read.
struct RunnerCandidate {
  std::string library;
  std::vector<double> bounds; // one for each expected result
  std::vector<std::string> weights;
};

struct RunnerJob {
  std::string label;
  int threads = 1;
  std::vector<int> cpus; // empty: any
  std::int64_t evictBytes = 0;
  std::int64_t leastRounds = 8, mostRounds = 60;
  double seconds = 0.35;
  double limitSeconds = 20;
  std::int64_t limitBytes = 0; // address space
  bool counters = false;
  struct GiveUp {
    double factor = 1.5;
    std::int64_t rounds = 8;
  };
  std::optional<GiveUp> giveUp; // on the last candidate, against the first
  std::vector<std::string> inputs, expected;
  std::vector<RunnerCandidate> candidates;
};

// Address space for a job: what no kernel of 2^31 bytes a tensor exceeds, and the threads' stacks and arenas.
std::int64_t addressBytesFor(int threads);

// What each thread reads between two runs, so that the private caches hold nothing of the last one: L2, and
// half as much again for what a cache keeps by chance.
std::int64_t evictionBytesFor(const Target &target);

struct RunnerResult {
  std::string label, cpu, date;
  Outcome outcome = Outcome::ok;
  int candidate = -1; // at fault; -1: none
  std::string detail;
  std::vector<std::vector<double>> seconds;     // [candidate][round]; on a device: within its kernels
  std::vector<std::vector<double>> wallSeconds; // on a device: with copies and calls; else empty
  // Of each kernel of each candidate, [candidate][round][kernel]; empty without counters.
  std::vector<std::vector<std::vector<double>>> kernelSeconds;
};

// Whoever runs jobs.
class JobRunner {
public:
  virtual ~JobRunner() = default;

  // Runs a job in a process and waits for it; first, for other tunings of this user that measure on the same
  // CPUs or device. What a candidate does is in the result; an error is a defect of ours, or of the system.
  // Signals of the terminal don't reach the process.
  virtual Result<RunnerResult> run(const RunnerJob &job) const = 0;
};

} // namespace ninc

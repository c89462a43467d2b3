// What is measured, in files that whoever runs jobs can read: a candidate's library and weights, and what all
// candidates of a kernel are run on and must compute. The files go with the object.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "codegen/schedule/Schedule.h"
#include "support/Result.h"
#include "support/TemporaryFiles.h"
#include "tuner/candidate/Candidate.h"
#include "tuner/candidate/Workload.h"
#include "tuner/measure/JobRunner.h"

namespace ninc {

// Raw f32. An error if the system has no room.
Result<MemoryFile> storeTensor(std::span<const float> numbers);
// The same of numbers from 0 to 255, as bytes.
Result<MemoryFile> storeBytes(std::span<const float> numbers);

// As jobs name them.
std::vector<std::string> pathsOf(const std::vector<MemoryFile> &files);

struct StoredCandidate {
  Schedule schedule;
  MemoryFile library;
  std::vector<MemoryFile> weights;
  std::vector<double> bounds; // one for each result

  static Result<StoredCandidate> store(const Schedule &schedule, const Candidate &candidate);
  RunnerCandidate forRunner() const;
};

struct StoredWorkload {
  std::vector<MemoryFile> operands, expected;

  // `results` are the reference's (evaluateWorkload).
  static Result<StoredWorkload> store(const Workload &workload,
                                      const std::vector<std::vector<float>> &results);
};

} // namespace ninc

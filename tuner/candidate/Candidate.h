// A schedule of a kernel made ready for the runner: code, packed weights, and how exact it has to be.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codegen/schedule/Schedule.h"
#include "support/Result.h"
#include "tuner/candidate/Workload.h"

namespace ninc {

struct Candidate {
  std::string library;              // kernelLibrary(): bytes of a .so without weights
  std::vector<std::string> weights; // packed, raw f32, in the order of the library's inputs
  std::vector<double> bounds;       // for each result: errorBoundsOf()
};

// How a schedule rounds: schedules with equal answers share their bounds.
std::optional<WinogradTile> winogradOf(const Schedule &schedule);

// Those as a key: "direct", "4x4".
std::string roundingOf(const Schedule &schedule);

// The bounds of one kernel's results, by how its candidates round: they cost more than compiling does, so
// each is worked out once.
class KnownBounds {
public:
  std::optional<std::vector<double>> of(const Schedule &schedule) const;
  void learn(const Schedule &schedule, const std::vector<double> &bounds);

private:
  std::map<std::string, std::vector<double>> byRounding_;
};

// Compiles, packs and, unless they are known, computes the bounds. To be called in a forked process
// (support/ForkedTask.h), since Halide and LLVM may end the process that uses them.
Result<Candidate> makeCandidate(const Workload &workload, const Schedule &schedule,
                                const std::optional<std::vector<double>> &knownBounds);

// As bytes, from one process to another on one machine (support/ByteStream.h).
std::string encode(const Result<Candidate> &candidate);
Result<Candidate> decodeCandidate(std::string bytes);

} // namespace ninc

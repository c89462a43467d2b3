// A schedule of a kernel made ready for the runner: code, packed weights, and how exact it has to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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

// Compiles, packs and, unless they are known, computes the bounds. To be called in a forked process
// (support/ForkedTask.h), since Halide and LLVM may end the process that uses them.
Result<Candidate> makeCandidate(const Workload &workload, const Schedule &schedule,
                                const std::optional<std::vector<double>> &knownBounds);

// As bytes, from one process to another on one machine.
std::string encode(const Result<Candidate> &candidate);
Result<Candidate> decodeCandidate(std::string_view bytes);

// An archive of byte strings: what encode() is made of. Errors for bytes that pack() hasn't written.
std::string packBytes(const std::vector<std::string> &parts);
Result<std::vector<std::string>> unpackBytes(std::string_view bytes);

} // namespace ninc

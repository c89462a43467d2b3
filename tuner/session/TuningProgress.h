// How far a tuning is, for who waits for it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace ninc {

struct TuningProgress {
  std::string kernel; // the one that is being looked at
  std::size_t kernelNumber = 0, kernelCount = 0;
  std::size_t measured = 0, known = 0; // its candidates
  double bestSpeedup = 1;              // its
  std::optional<double> remainingSeconds;
  double fraction = 0; // of the budget, or of what is known to be measured
  std::string doing;
};

// Candidates of one kernel.
struct CandidateCounts {
  std::size_t measured = 0; // in this session or before
  std::size_t known = 0;    // measured, or to be measured as far as can be seen
  std::size_t before = 0;   // measured in earlier sessions
};

// Where a session stands: by its clock if it has a budget, else by candidates.
struct SessionState {
  double elapsedSeconds = 0;
  std::optional<double> budgetSeconds;
  std::size_t kernelCount = 0, firstOfGroup = 0; // kernels in all, and before those in work
};

// Sets fraction and remainingSeconds. `group` are the kernels in work; of later ones nothing is known.
void estimateRest(TuningProgress &progress, const SessionState &session,
                  std::span<const CandidateCounts> group);

} // namespace ninc

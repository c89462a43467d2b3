#include "tuner/session/TuningProgress.h"

#include <algorithm>

namespace ninc {

void estimateRest(TuningProgress &progress, const SessionState &session,
                  std::span<const CandidateCounts> group) {
  const double elapsed = session.elapsedSeconds;
  if (session.budgetSeconds) {
    progress.fraction = std::min(1.0, elapsed / std::max(1e-3, *session.budgetSeconds));
    progress.remainingSeconds = std::max(0.0, *session.budgetSeconds - elapsed);
    return;
  }
  std::size_t measured = 0, known = 0;
  for (const CandidateCounts &kernel : group) {
    measured += kernel.measured - kernel.before;
    known += kernel.known - kernel.before;
  }
  const double inGroup = known > 0 ? static_cast<double>(measured) / static_cast<double>(known) : 0;
  const double done = static_cast<double>(session.firstOfGroup) + inGroup * static_cast<double>(group.size());
  progress.fraction = done / static_cast<double>(session.kernelCount);
  if (progress.fraction > 0)
    progress.remainingSeconds = elapsed * (1 - progress.fraction) / progress.fraction;
}

} // namespace ninc

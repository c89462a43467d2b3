// So that tunings of one user that measure on the same thing take turns.
//
// The locks are files that no other user can open, in $XDG_RUNTIME_DIR or else the cache (docs/cache.md): a
// lock that others can take, they can keep.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "support/Descriptor.h"

namespace ninc {

// While it lives, no other tuning of this user measures on these: "cpu3", "opencl0". What can't be locked
// isn't.
class MeasuringLocks {
public:
  // Waits for who has them, but no longer than `patience`; if that was in vain, none of it is left for the
  // next time. A measurement takes a second or two, a process that was stopped keeps its locks for ever.
  MeasuringLocks(std::vector<std::string> names, std::chrono::milliseconds &patience);

  // How many of them this has got.
  std::size_t count() const { return files_.size(); }

  static constexpr std::chrono::milliseconds usualPatience{5000};

private:
  std::vector<Descriptor> files_;
};

// Why tunings at the same time can't take turns; empty if they can.
std::string whyNoMeasuringLocks();

} // namespace ninc

// So that tunings of one user that measure on the same thing take turns.
#pragma once

#include <string>
#include <vector>

namespace ninc {

// While it lives, no other tuning of this user measures on these: "cpu3", "opencl0". What can't be locked
// isn't.
class MeasuringLocks {
public:
  explicit MeasuringLocks(std::vector<std::string> names);
  ~MeasuringLocks();
  MeasuringLocks(const MeasuringLocks &) = delete;
  MeasuringLocks &operator=(const MeasuringLocks &) = delete;

private:
  std::vector<int> files_;
};

} // namespace ninc

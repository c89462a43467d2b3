// How long something took, for reports: wall-clock time that no change of the date disturbs.
#pragma once

#include <chrono>

namespace ninc {

// Seconds since it was made.
class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace ninc

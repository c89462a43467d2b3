// Rights as most users have them, for tests that root runs.
#pragma once

#include <cstdlib>
#include <unistd.h>

namespace ninc {

// Root may write everywhere, so the tests of permissions stop being root for a moment.
class NotRoot {
public:
  NotRoot() : before_(geteuid()) {
    if (before_ == 0) wasRoot_ = seteuid(65534) == 0;
  }
  NotRoot(const NotRoot &) = delete;
  NotRoot &operator=(const NotRoot &) = delete;
  ~NotRoot() {
    if (wasRoot_ && seteuid(before_) != 0) std::abort();
  }

private:
  uid_t before_;
  bool wasRoot_ = false;
};

} // namespace ninc

// What a library refuses or fails at: ninc.RunError in Python.
#pragma once

#include <string>

namespace ninc {

struct Failure {
  std::string message;
};

} // namespace ninc
